const light = `
  --page: #f6f5f2; --card: #fff; --ink: #1b1f24; --muted: #59626d; --line: #dedbd4; --grid: #eae8e3; --axis: #b6b2a9;
  --series-1: #2463ab; --series-2: #c2570c; --series-3: #4c7d3d; --series-4: #8146a8; --series-5: #59626d;
  --accent: #c2570c; --band: #2463ab1f;
  --positive: #1d5fae; --negative: #c2570c; --note: #fdf3e2;`

const dark = `
  --page: #121518; --card: #1a1e23; --ink: #e7eaee; --muted: #a2abb6; --line: #2d343c; --grid: #282e35; --axis: #515a65;
  --series-1: #7cb2f0; --series-2: #f3a262; --series-3: #8fc77d; --series-4: #c79bec; --series-5: #a2abb6;
  --accent: #f3a262; --band: #7cb2f02b;
  --positive: #7cb2f0; --negative: #f3a262; --note: #2c2418;`

/** The style sheet of the page: light, dark if the reader's system is, and plain on paper. */
export const style = `
:root { color-scheme: light dark;${light} }
@media screen and (prefers-color-scheme: dark) { :root {${dark} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
header, main, footer { max-width: 1080px; margin: 0 auto; padding: 0 20px; }
header { padding-top: 40px; }
.eyebrow { margin: 0; color: var(--muted); font-size: 14px; letter-spacing: .02em; }
h1 { margin: 4px 0 8px; font-size: clamp(28px, 5vw, 42px); line-height: 1.15; letter-spacing: -.015em; }
h1, h2, h3, p, dd, figcaption, tbody th { overflow-wrap: anywhere; }
h2 { margin: 0 0 4px; font-size: 22px; letter-spacing: -.01em; }
h3 { margin: 0 0 2px; font-size: 16px; }
p { margin: 0; }
.lead { max-width: 68ch; color: var(--muted); }
section { margin: 48px 0; }
.keys { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr)); gap: 12px; margin: 28px 0 0; }
.keys > div { padding: 16px 18px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.keys dt { color: var(--muted); font-size: 14px; }
.keys dd { margin: 0; }
.keys .value { font-size: 30px; font-weight: 600; line-height: 1.3; letter-spacing: -.02em; }
.keys .note { color: var(--muted); font-size: 13px; line-height: 1.4; text-wrap: balance; }
.note-box { margin: 28px 0 0; padding: 12px 18px; background: var(--note); border-radius: 10px; font-size: 15px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 16px; margin-top: 18px; }
.ragged { align-items: start; }
@media (min-width: 900px) {
  .charts > :last-child:nth-child(odd) { grid-column: 1 / -1; display: grid; grid-template: auto 1fr / 1fr 1fr; gap: 0 34px; }
  .charts > :last-child:nth-child(odd) > .chart { grid-area: 1 / 2 / 3 / 3; margin: 0; }
}
figure { display: flex; flex-direction: column; min-width: 0; margin: 0; padding: 18px; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; }
figcaption { color: var(--muted); font-size: 14px; line-height: 1.45; }
figcaption h3 { color: var(--ink); }
.chart { margin-top: 12px; }
.chart svg { display: block; width: 100%; max-width: 540px; height: auto; margin: 0 auto; }
details { margin-top: 12px; font-size: 14px; }
summary { color: var(--muted); cursor: pointer; }
:focus-visible { outline: 2px solid var(--series-1); outline-offset: 2px; }
.scroll { overflow-x: auto; }
details .scroll { margin-top: 8px; }
figure:only-child .scroll { max-height: 520px; overflow-y: auto; }
.card { margin-top: 14px; padding: 6px 18px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 12px 7px 0; border-bottom: 1px solid var(--grid); text-align: right; vertical-align: baseline;
  font-weight: 400; }
td { white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
th:first-child { text-align: left; min-width: 7em; }
.prose th:first-child { min-width: 0; overflow-wrap: normal; }
.prose tr > :last-child { min-width: 13em; padding-left: 12px; text-align: left; white-space: normal;
  overflow-wrap: anywhere; }
thead th { color: var(--muted); font-size: 14px; }
tbody tr:last-child > * { border-bottom: 0; }
.own { font-weight: 600; }
.facts { display: grid; grid-template-columns: minmax(6em, max-content) 1fr; gap: 4px 20px; padding: 14px 18px; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; }
footer { padding-bottom: 40px; color: var(--muted); font-size: 13px; }
@media (max-width: 480px) {
  header, main, footer { padding-left: 12px; padding-right: 12px; }
  figure { padding: 14px 12px; }
  .card { padding: 4px 12px; }
  th, td { padding-right: 5px; font-size: 12px; }
  thead th { font-size: 12px; }
  th:first-child { min-width: 5.3em; }
  .keys { grid-template-columns: 1fr 1fr; }
  .keys > div { padding: 12px; }
  .keys .value { font-size: 24px; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 8px; }
  .prose table, .prose thead, .prose tbody { display: block; }
  .prose tr { display: flex; flex-wrap: wrap; }
  .prose tr > * { flex: 0 0 5rem; border-bottom: 0; overflow-wrap: anywhere; white-space: normal; }
  .prose tr > :first-child { flex-basis: 3rem; }
  .prose tr > :nth-last-child(2) { flex: 1 0 6rem; padding-right: 0; }
  .prose tr > :last-child { flex: 1 0 100%; min-width: 0; padding: 0 0 8px; border-bottom: 1px solid var(--grid); }
}
@media print {
  @page { margin: 16mm 14mm; }
  body { background: #fff; font-size: 10.5pt; }
  header, main, footer { max-width: none; padding: 0; }
  section { margin: 24px 0; }
  .charts { grid-template-columns: 1fr 1fr; gap: 10px; align-items: start; }
  .keys { grid-template-columns: repeat(4, 1fr); }
  .keys .value { font-size: 20px; }
  figure, .keys > div, .card { margin-top: 14px; padding: 10px; border-color: #ccc; }
  figure, tr, .keys, .facts, h2, .lead { break-inside: avoid; }
  h2, .lead { break-after: avoid; }
  details::details-content { content-visibility: visible; display: block; }
  figure:has(details) { display: grid; grid-column: 1 / -1; grid-template: auto 1fr / 1fr 1fr; gap: 0 20px;
    break-inside: auto; }
  figure:has(details) details { grid-area: 1 / 2 / 3 / 3; margin: 0; padding-bottom: 2em; }
  summary { list-style: none; }
  .scroll, figure:only-child .scroll { max-height: none; overflow: visible; }
  table, thead th { font-size: 9pt; }
  thead { display: table-row-group; }
  th, td { padding: 3px 8px 3px 0; }
}
`

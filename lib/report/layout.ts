import { placed } from '../errors/refusal.js'
import { html, Markup, nothing } from './html.js'
import type { Chart, ChartSection, KeyFigure, Page, TableSection } from './page.js'
import { style } from './style.js'
import { chartDrawer, type Draw } from './svg.js'

interface Charts extends ChartSection {
  /** Whether the heights of the charts follow their contents. */
  ragged?: boolean
  /** For refusals of charts, such as `panels[0]`. */
  place?: string
}

/** A table, whose last column may be prose: it wraps. */
export interface RowsSection extends TableSection {
  prose?: boolean
}

/** Names with texts; entries with an empty text are left out. */
export interface FactsSection {
  title: string
  text: string
  facts: readonly (readonly [name: string, text: string])[]
}

type Section = Charts | RowsSection | FactsSection

/** A page with its sections in order. */
export interface Layout extends Omit<Page, 'panels' | 'tables'> {
  sections: readonly Section[]
}

/**
 * One HTML document that needs no other file, no network and no script.
 *
 * @throws PsilonError ERR_UNSUPPORTED where the optional packages that draw charts are not installed.
 */
export async function layOut(layout: Layout): Promise<string> {
  const { title, subtitle, keys = [], notes = [], facts = [], sections } = layout
  const draw = await chartDrawer()
  const drawn: Markup[] = []
  for (const section of [...sections, { ...theRun, facts }]) drawn.push(await markupOf(section, draw))
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title} · psilon report</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<p class="eyebrow">psilon report</p>
<h1>${title}</h1>
<p class="lead">${subtitle}</p>
${keysMarkup(keys)}${notes.map((text) => html`<p class="note-box" role="note">${text}</p>\n`)}</header>
<main>
${drawn}</main>
<footer><p>Written by psilon. This file is all of it: it loads nothing and runs no script.</p></footer>
</body>
</html>
`
  return page.text
}

const theRun = { title: 'The run', text: 'What was run, on what, and how.' }

async function markupOf(section: Section, draw: Draw): Promise<Markup> {
  if ('charts' in section) return await chartsMarkup(section, draw)
  return 'rows' in section ? tableSection(section) : factsSection(section)
}

async function chartsMarkup({ title, text, charts, ragged, place }: Charts, draw: Draw): Promise<Markup> {
  const drawn: Markup[] = []
  for (const [k, chart] of charts.entries()) {
    const svg = await draw(chart.spec).catch((error) => {
      throw place === undefined ? error : placed(error, `${place}.charts[${k}].spec`)
    })
    drawn.push(figureMarkup(chart, svg))
  }
  return sectionMarkup(title, text, html`<div class="charts${ragged ? ' ragged' : ''}">\n${drawn}</div>`)
}

function sectionMarkup(title: string, text: string, content: Markup): Markup {
  return html`<section>
<h2>${title}</h2>
<p class="lead">${text}</p>
${content}
</section>
`
}

const tableSection = ({ title, text, rows, prose }: RowsSection): Markup =>
  sectionMarkup(title, text, html`<div class="card${prose ? ' prose' : ''}">${tableMarkup(rows, title)}</div>`)

function figureMarkup({ title, text, alt, table }: Chart, svg: string): Markup {
  return html`<figure>
<figcaption><h3>${title}</h3>${text}</figcaption>
<div class="chart" role="img" aria-label="${alt === undefined ? title : `${title}. ${alt}`}">${new Markup(svg)}</div>
${table === undefined ? nothing : html`<details><summary>The numbers</summary>${tableMarkup(table, title)}</details>\n`}</figure>
`
}

function keysMarkup(keys: readonly KeyFigure[]): Markup {
  if (keys.length === 0) return nothing
  return html`<dl class="keys">
${keys.map(({ name, value, note }) => html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="note">${note}</dd></div>\n`)}</dl>
`
}

function factsSection({ title, text, facts }: FactsSection): Markup {
  const shown = facts.filter(([, text]) => text !== '')
  if (shown.length === 0) return nothing
  const entries = shown.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>\n`)
  return sectionMarkup(title, text, html`<dl class="facts card">\n${entries}</dl>`)
}

/** A table that scrolls by itself where it is too wide; its first row is the head. */
function tableMarkup([head = [], ...rows]: readonly (readonly string[])[], label: string): Markup {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table>
<thead><tr>${head.map((cell) => (cell === '' ? html`<td></td>` : html`<th scope="col">${cell}</th>`))}</tr></thead>
<tbody>
${rows.map(([name = '', ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`
}

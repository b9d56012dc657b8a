import { type Command, Option } from 'commander'
import { resultsPath } from '../cells/run-folder.js'
import { readDocument } from '../documents/read-document.js'
import { experimentPage } from '../pages/page.js'
import { printDocument, printLines } from './output.js'
import { pagePath, writePage } from './write-page.js'

export function addReport(program: Command): void {
  program
    .command('report')
    .summary('draw the page of a run again')
    .description('Draw the page of a run again, from its results.json.')
    .argument('<folder>', 'folder of the run')
    .addOption(new Option('--out <file>', 'where to write the page (default: report.html in the folder)'))
    .option('--json', 'print one JSON document')
    .action(report)
}

async function report(folder: string, { out = pagePath(folder), json }: { out?: string; json?: boolean }) {
  const results = resultsPath(folder)
  await writePage(out, experimentPage(await readDocument(results)))
  if (json) printDocument({ command: 'report', results, out })
  else printLines([out])
}

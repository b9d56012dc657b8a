// Every public word and every option name is declared in one list. Prints each list that repeats words of another as
// file:line, and exits with 1.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

function filesBelow(folder, endings) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .sort()
    .map((file) => `${folder}/${file}`)
}

/** Lists of texts in a file: arrays, and unions of literal types, of two texts or more. */
function listsIn(file) {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.ES2023, true)
  const lists = []
  const visit = (node) => {
    const words = textsOf(node)
    if (words.length > 1) lists.push({ file, line: lineOf(source, node), words, role: roleOf(node) })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return lists
}

const lineOf = (source, node) => source.getLineAndCharacterOfPosition(node.getStart()).line + 1

/** The texts of a list, of a declaration of options their names; empty for anything else. */
function textsOf(node) {
  if (ts.isArrayLiteralExpression(node)) return allTexts(node.elements, (each) => each)
  if (ts.isUnionTypeNode(node)) return allTexts(node.types.filter(isNotAbsent), (each) => each.literal)
  if (ts.isObjectLiteralExpression(node) && ['options', 'words'].includes(roleOf(node))) {
    return node.properties.flatMap(({ name }) => (name !== undefined && ts.isIdentifier(name) ? [name.text] : []))
  }
  return []
}

const isNotAbsent = (type) =>
  type.kind !== ts.SyntaxKind.UndefinedKeyword && type.literal?.kind !== ts.SyntaxKind.NullKeyword

function allTexts(nodes, literalOf) {
  const literals = nodes.map(literalOf)
  return literals.every((each) => each !== undefined && ts.isStringLiteral(each))
    ? literals.map(({ text }) => text)
    : []
}

/**
 * `as const` in an exported constant declares words, in a list or, with their traits, in an object that satisfies a Record;
 * `satisfies Declarations<...>` declares options.
 */
function roleOf(node) {
  const { parent } = node
  const other = ts.isArrayLiteralExpression(node) ? 'array' : 'union'
  if (ts.isSatisfiesExpression(parent)) return /^Declarations</.test(parent.type.getText()) ? 'options' : other
  if (!ts.isAsExpression(parent) || !ts.isConstTypeReference(parent.type)) return other
  const traits = ts.isSatisfiesExpression(parent.parent) && /^Record</.test(parent.parent.type.getText())
  if (ts.isObjectLiteralExpression(node) && !traits) return other
  const declaration = traits ? parent.parent.parent : parent.parent
  const statement = declaration.parent?.parent
  const modifiers = statement !== undefined && ts.isVariableStatement(statement) ? statement.modifiers : undefined
  const isExported = modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  return ts.isVariableDeclaration(declaration) && isExported ? 'words' : other
}

/** Statements of C++ with two quoted texts or more. */
function statementsIn(file) {
  const text = readFileSync(join(root, file), 'utf8')
  let line = 1
  return text.split(';').flatMap((statement) => {
    const start = line
    line += statement.split('\n').length - 1
    const words = [...new Set(Array.from(statement.matchAll(/"([\w-]+)"/g), ([, word]) => word))]
    return words.length > 1 ? [{ file, line: start, words, role: 'other' }] : []
  })
}

const isWithin = (words, table) => words.every((word) => table.includes(word))

const lists = filesBelow('lib', ['.ts']).flatMap(listsIn)
const wordTables = lists.filter(({ role }) => role === 'words')
const optionTables = lists.filter(({ role }) => role === 'options')

/** Lists of options besides their declarations, such as those that an estimator leaves out: no two say the same. */
const optionLists = []

function faultOf({ words, role, file, line }) {
  const table = wordTables.find((each) => isWithin(words, each.words) && (each.file !== file || each.line !== line))
  if (table !== undefined && !(role === 'words' && !isWithin(table.words, words))) {
    return `repeats words of ${table.file}:${table.line}`
  }
  if (role !== 'array') return undefined
  const options = optionTables.find((each) => isWithin(words, each.words))
  if (options === undefined) return undefined
  const again = optionLists.find((each) => words.filter((word) => each.words.includes(word)).length > 1)
  optionLists.push({ words, file, line })
  return again === undefined ? undefined : `lists options that ${again.file}:${again.line} lists`
}

/** In the core, too, each word stands in one list. */
const declaredInCore = new Set()

function faultInCore({ words }) {
  const shared = wordTables.map((each) => words.filter((word) => each.words.includes(word)).length)
  const max = Math.max(...shared)
  if (max < 2) return undefined
  const table = wordTables[shared.indexOf(max)]
  const isFirst = !declaredInCore.has(table)
  declaredInCore.add(table)
  return isFirst ? undefined : `lists words of ${table.file}:${table.line}, which another list of the core has`
}

const found = [
  ...lists.flatMap((list) => [[list, faultOf(list)]]),
  ...filesBelow('native', ['.h', '.cpp', '.cu'])
    .flatMap(statementsIn)
    .map((each) => [each, faultInCore(each)]),
].filter(([, fault]) => fault !== undefined)
for (const [{ file, line, words }, fault] of found) console.error(`${file}:${line}: ${words.join(', ')}: ${fault}`)
process.exitCode = found.length === 0 ? 0 : 1

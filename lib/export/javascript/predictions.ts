import { type Answer, inverses } from '../exported-model.js'

/** The functions of an exported JavaScript module that its users call, but for `radius`. */

/** @param bare whether a row is inputs, not cells. */
export function predictionParts(answer: Answer, bare: boolean): string[] {
  const doc = (says: string, gives: string) => `/**\n * ${says}\n *\n${rowDoc(bare)}\n * @returns {${gives}}\n */`
  if (answer.kind === 'number') {
    const { transform, scale, center } = answer
    const value = `outputsOf(inputsOf(row))[0] * ${scale} + ${center}`
    const predicted = transform === 'none' ? value : `Math.${inverses[transform]}(${value})`
    return [`${doc('The predicted value.', 'number')}\nexport function predict(row) {\n  return ${predicted}\n}`]
  }
  if (answer.kind === 'class') {
    const type = [...new Set(answer.labels.map((label) => typeof label))].join(' | ')
    return [
      logitsPart(answer.labels.length),
      probabilityParts.softmax,
      `${doc('The most likely class.', type)}\nexport function predict(row) {\n  const logits = logitsOf(inputsOf(row))\n  return classes[logits.indexOf(Math.max(...logits))]\n}`,
      `${doc('The probability of each class.', 'number[]')}\nexport function predictProba(row) {\n  return probabilitiesOf(logitsOf(inputsOf(row)))\n}`,
    ]
  }
  const predict = `${doc('The raw outputs.', 'number[]')}\nexport function predict(row) {\n  return outputsOf(inputsOf(row))\n}`
  if (answer.link === 'none') return [predict]
  return [
    predict,
    probabilityParts[answer.link],
    `${doc('Probabilities.', 'number[]')}\nexport function predictProba(row) {\n  return probabilitiesOf(outputsOf(inputsOf(row)))\n}`,
  ]
}

export const rowDoc = (bare: boolean): string =>
  bare
    ? ` * @param {ArrayLike<number>} row the inputs.`
    : ` * @param {Record<string, unknown> | readonly unknown[]} row cells by column, or in the order of \`columns\`; null is missing.`

/** Of two classes the first has the logit 0. */
export const logitsPart = (classes: number): string =>
  classes === 2 ? 'const logitsOf = (x) => [0, ...outputsOf(x)]' : 'const logitsOf = outputsOf'

const probabilityParts = {
  sigmoid: `const probabilitiesOf = (outputs) => outputs.map((z) => 1 / (1 + Math.exp(-z)))`,
  softmax: `function probabilitiesOf(logits) {
  const largest = Math.max(...logits)
  const powers = logits.map((z) => Math.exp(z - largest))
  const sum = powers.reduce((total, power) => total + power)
  return powers.map((power) => power / sum)
}`,
}

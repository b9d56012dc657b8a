import t from 'tap'
import { html, Markup } from '#psilon/report/html.js'

t.test('what is put in is escaped, in text and in attributes', async (t) => {
  const name = `<script>alert("1")</script> & 'x'`
  const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;'
  t.equal(html`<p title="${name}">${name}</p>`.text, `<p title="${escaped}">${escaped}</p>`)
})

t.test('markup stays as it is; lists are joined, numbers are texts', async (t) => {
  t.equal(
    html`<ul>${['a', '<'].map((name) => html`<li>${name}</li>`)}</ul>${1}`.text,
    '<ul><li>a</li><li>&lt;</li></ul>1',
  )
  t.equal(html`${new Markup('<br>')}${[1, '&', [new Markup('<i>')]]}`.text, '<br>1&amp;<i>')
})

/**
 * The style of the page: system fonts, light and dark, narrow screens and paper. Every pair of colours has a contrast of at least 4.5
 * (WCAG 2.2, 1.4.3); tests measure it in a browser.
 */
export const HTML_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f7f9; --card: #ffffff; --ink: #1b2330; --quiet: #55606f; --line: #dfe3e8; --code: #eef1f4;
  --good: #176639; --good-soft: #e4f4ea; --warning: #7d4a00; --warning-soft: #fdf1d9; --bad: #a3171f; --bad-soft: #fdeaea;
  --neutral: #46515f; --neutral-soft: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12161c; --card: #1a2029; --ink: #e7ebf0; --quiet: #a3aebb; --line: #303946; --code: #232b36;
    --good: #7fd8a4; --good-soft: #17311f; --warning: #f1c26a; --warning-soft: #37290c; --bad: #ff9a9d; --bad-soft: #401a1d;
    --neutral: #c3ccd6; --neutral-soft: #2a323d;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; overflow-wrap: anywhere;
}
main { max-width: 58rem; margin: 0 auto; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.875em; }
code { unicode-bidi: isolate; }
pre { margin: 0.5rem 0 1rem; padding: 0.75rem 1rem; background: var(--code); border-radius: 6px; white-space: pre-wrap; line-height: 1.5; }
header { padding: 1.5rem 1.75rem; background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--tone); border-radius: 10px; }
.eyebrow { margin: 0 0 0.4rem; color: var(--quiet); font-size: 0.875rem; }
.verdict { display: flex; gap: 0.75rem; align-items: flex-start; }
.sign { flex: none; width: 1.75rem; height: 1.75rem; margin-top: 0.1rem; color: var(--tone); }
h1 { margin: 0; font-size: 1.45rem; line-height: 1.3; font-weight: 650; color: var(--tone); }
.lead { margin: 0.5rem 0 0; font-size: 1.05rem; }
h2 { margin: 2.25rem 0 0.75rem; font-size: 1.15rem; font-weight: 650; }
h3 { margin: 1.5rem 0 0.25rem; font-size: 1rem; font-weight: 600; }
p { margin: 0.5rem 0; }
.place, .details { color: var(--quiet); font-size: 0.875rem; }
.details { display: block; margin-top: 0.15rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.25rem; margin: 1.1rem 0 0; font-size: 0.9375rem; }
section dl { margin: 0.5rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; grid-column: 2; }
table { width: 100%; border-collapse: separate; border-spacing: 0; overflow: hidden; background: var(--card); border: 1px solid var(--line); border-radius: 8px; font-size: 0.9375rem; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
dl + table, p + table, table + table, pre + table, table + p, .steps + table { margin-top: 1rem; }
table.narrow { width: auto; min-width: 24rem; }
th, td { min-width: 7rem; padding: 0.55rem 0.8rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child > td { border-bottom: 0; }
th { color: var(--quiet); font-weight: 600; font-size: 0.8125rem; }
.number { min-width: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.tone { display: inline-block; padding: 0.05rem 0.55rem; border-radius: 999px; font-size: 0.8125rem; font-weight: 600; color: var(--tone); background: var(--tone-soft); overflow-wrap: break-word; }
@media (min-width: 40.01rem) { td:last-child > .tone { white-space: nowrap; } }
.steps { margin: 0.5rem 0; padding: 0; list-style: none; }
.steps li { margin: 0 0 0.6rem; padding: 0.7rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.steps .command { display: block; margin-top: 0.3rem; padding: 0.4rem 0.7rem; background: var(--code); border-radius: 6px; }
.is-good { --tone: var(--good); --tone-soft: var(--good-soft); }
.is-warning { --tone: var(--warning); --tone-soft: var(--warning-soft); }
.is-bad { --tone: var(--bad); --tone-soft: var(--bad-soft); }
.is-neutral { --tone: var(--neutral); --tone-soft: var(--neutral-soft); }
footer { margin-top: 3rem; color: var(--quiet); font-size: 0.8125rem; }
@media (max-width: 40rem) {
  body { padding: 1rem 0.75rem 3rem; }
  header { padding: 1.1rem 1.1rem; }
  dl { display: block; }
  dt { margin-top: 0.5rem; font-size: 0.8125rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, table.narrow, tbody, tr, td { display: block; min-width: 0; }
  tr { padding: 0.6rem 0.8rem; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; }
  td, td.number { padding: 0.1rem 0; border: 0; text-align: left; }
  td.number { display: inline-block; margin-right: 1.25rem; }
  td::before { content: attr(data-label) " "; color: var(--quiet); font-size: 0.8125rem; }
  td:first-child::before { content: none; }
}
@media print {
  :root {
    color-scheme: light;
    --paper: #ffffff; --card: #ffffff; --ink: #000000; --quiet: #444444; --line: #bbbbbb; --code: #f2f2f2;
    --good: #176639; --good-soft: #ffffff; --warning: #7d4a00; --warning-soft: #ffffff; --bad: #a3171f; --bad-soft: #ffffff;
    --neutral: #46515f; --neutral-soft: #ffffff;
  }
  body { padding: 0; font-size: 11pt; }
  h2, h3 { break-after: avoid; }
  tr, li, header { break-inside: avoid; }
}
`

// The page as a whole: copying, wrapping, links into folded parts, print.
const textOf = (button) => {
  const excerpt = button.closest('.excerpt');
  if (!excerpt) return button.closest('.paste').querySelector('pre').textContent;
  const lines = [...excerpt.querySelectorAll('li')].map((item) => {
    const line = item.querySelector('.line');
    return line ? `${item.querySelector('.number').textContent}: ${line.textContent}` : item.textContent;
  });
  return `${excerpt.querySelector('.place').textContent}\n${lines.join('\n')}\n`;
};
const copyOldWay = (content) => {
  const area = el('textarea', { readonly: true });
  area.value = content;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
};
document.addEventListener('click', async (event) => {
  const wrap = event.target.closest('button.wrap');
  if (wrap) wrap.setAttribute('aria-pressed', String(wrap.closest('.excerpt').classList.toggle('wrapped')));
  const button = event.target.closest('button.copy');
  if (!button) return;
  const content = textOf(button);
  let done = false;
  try { await navigator.clipboard.writeText(content); done = true; } catch (problem) { done = copyOldWay(content); }
  button.textContent = done ? texts.script.copied : texts.script.copy_failed;
  setTimeout(() => { button.textContent = texts.html.copy; }, 2500);
});

const openFolds = () => {
  if (readAddressIfTable()) return;
  const target = location.hash.length > 1 && byId(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let part = target; part; part = part.parentElement) if (part.tagName === 'DETAILS') part.open = true;
  target.scrollIntoView();
};
const readAddressIfTable = () => data.count > 0 && readAddress();
addEventListener('hashchange', () => { try { openFolds(); } catch (problem) { /* an address that is none */ } });
let folded = [];
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll('details:not([open], .aside)')];
  for (const part of folded) part.open = true;
});
addEventListener('afterprint', () => { for (const part of folded) part.open = false; });

if (data.count) {
  startTable();
  startTimeline();
}
try { openFolds(); } catch (problem) { /* an address that is none */ }
performance.mark('loganalyzer-ready');
performance.measure('loganalyzer-open', 'loganalyzer-start', 'loganalyzer-ready');

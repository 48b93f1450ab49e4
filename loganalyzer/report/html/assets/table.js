// The table of associations: filter, facets, sorting, pages, and its state in the address.
const PAGE = 100;
const state = { q: '', sort: '', page: 1, from: null, to: null };
let matching = [];
const KEYS = {
  start: (row) => starts[row],
  direction: (row) => text(columns.direction(row)),
  aets: (row) => `${field.calling(row)} ${field.called(row)}`,
  address: (row) => field.ip(row),
  services: (row) => field.services(row),
  result: (row) => field.outcome(row),
  duration: (row) => (columns.took(row) === null ? NaN : columns.took(row)),
  findings: (row) => -field.findings(row).length,
};
const compare = (a, b) => {
  if (typeof a === 'string') return a < b ? -1 : Number(a > b);
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
};

const sorted = (rows) => {
  const name = state.sort.replace(/^-/, '');
  if (!has(KEYS, name)) return rows;
  const sign = state.sort.startsWith('-') ? -1 : 1;
  const keys = new Map(rows.map((row) => [row, KEYS[name](row)]));
  return rows.sort((a, b) => sign * compare(keys.get(a), keys.get(b)) || a - b);
};

const rowElement = (row) => {
  const bad = columns.failed(row) === 1;
  const when = manyDays ? moment(starts[row]) : clock(starts[row]);
  const ip = field.ip(row);
  const opener = link(row, Number.isFinite(starts[row]) ? when : columns.id(row));
  opener.setAttribute('title', say(texts.script.open, { id: columns.id(row) }));
  return el('tr', { 'data-row': row, class: bad ? 'bad' : null },
    el('td', {}, opener),
    el('td', {}, word(texts.word.direction, text(columns.direction(row)))),
    el('td', { class: 'aet' }, `${field.calling(row) || '?'} → ${field.called(row) || '?'}`),
    el('td', {}, ip ? ip + (columns.port(row) ? `:${columns.port(row)}` : '') : '–'),
    el('td', {}, field.services(row) || '–'),
    el('td', { class: 'result' }, icon(bad ? 'error' : 'good'), resultText(row)),
    el('td', { class: 'num' }, duration(columns.took(row))),
    el('td', {}, field.findings(row).map((number, place) => [place ? ', ' : '', findingLink(number)]).flat()));
};

const showPage = () => {
  const pages = Math.max(1, Math.ceil(matching.length / PAGE));
  state.page = Math.min(Math.max(1, state.page), pages);
  const begin = (state.page - 1) * PAGE;
  const rows = matching.slice(begin, begin + PAGE);
  byId('table').tBodies[0].replaceChildren(...rows.map(rowElement));
  byId('previous').disabled = state.page <= 1;
  byId('next').disabled = state.page >= pages;
  const values = { from: grouped(begin + 1), to: grouped(begin + rows.length), found: grouped(matching.length), total: grouped(data.count) };
  const sentence = matching.length === data.count ? texts.script.shown : texts.script.shown_filtered;
  const status = byId('filter-status');
  status.classList.remove('wrong');
  status.textContent = matching.length ? say(sentence, values) : texts.script.none;
};

const showState = () => {
  for (const head of document.querySelectorAll('#table [data-sort]')) {
    const name = head.dataset.sort;
    const order = { [name]: 'ascending', [`-${name}`]: 'descending' }[state.sort];
    if (order) head.parentElement.setAttribute('aria-sort', order);
    else head.parentElement.removeAttribute('aria-sort');
  }
  const now = words(state.q).filter((one) => !one.negated);
  byId('facet-failed').checked = now.some((one) => one.key === 'failed' && /^(y|1|t)/i.test(one.value));
  for (const select of document.querySelectorAll('[data-facet]')) {
    const chosen = now.find((one) => one.key === select.dataset.facet);
    select.value = chosen ? chosen.value : '';
    if (select.selectedIndex < 0) select.value = '';
  }
  const output = byId('zoom-window');
  if (output) output.textContent = state.from === null ? '' : say(texts.script.window, { from: clock(state.from), to: clock(state.to) });
};

const filterRows = () => {
  performance.mark('loganalyzer-filter-start');
  let test;
  try {
    test = compile(state.q);
  } catch (problem) {
    byId('filter-status').textContent = problem.message;
    byId('filter-status').classList.add('wrong');
    return false;
  }
  const rows = [];
  const { from, to } = state;
  for (let row = 0; row < data.count; row += 1) {
    if (from !== null && !(starts[row] <= to && starts[row] + (columns.took(row) || 0) * 1000 >= from)) continue;
    if (test(row)) rows.push(row);
  }
  matching = sorted(rows);
  showPage();
  showState();
  performance.measure('loganalyzer-filter', 'loganalyzer-filter-start');
  return true;
};

const writeAddress = () => {
  const parts = [];
  if (state.q) parts.push(`q=${encodeURIComponent(state.q)}`);
  if (state.sort) parts.push(`sort=${encodeURIComponent(state.sort)}`);
  if (state.page > 1) parts.push(`page=${state.page}`);
  if (state.from !== null) parts.push(`from=${Math.round(state.from)}`, `to=${Math.round(state.to)}`);
  if (drawer.open && opened >= 0) parts.push(`a=${encodeURIComponent(columns.id(opened))}`);
  try {
    history.replaceState(null, '', `#${parts.join('&')}`);
  } catch (problem) {
    // Some viewers of attachments allow no change of the address; everything else works.
  }
};
const change = (changes) => {
  Object.assign(state, { page: 1 }, changes);
  if (filterRows()) writeAddress();
};
const setQuery = (query) => {
  byId('filter').value = query;
  change({ q: query });
};

const readAddress = () => {
  const address = location.hash.slice(1);
  if (!/^(q|sort|page|from|to|a)=/.test(address)) return false;
  const given = new URLSearchParams(address.replace(/\+/g, '%2B'));
  const number = (name) => (given.get(name) !== null && Number.isFinite(Number(given.get(name))) ? Number(given.get(name)) : null);
  if (['q', 'sort', 'page', 'from'].some((name) => given.has(name))) {
    state.q = given.get('q') || '';
    state.sort = given.get('sort') || '';
    state.page = number('page') || 1;
    state.from = number('to') === null ? null : number('from');
    state.to = number('to');
    byId('filter').value = state.q;
    filterRows();
    drawTimeline();
    if (!given.has('a')) byId('associations').scrollIntoView();
  }
  if (given.has('a') && rowOfId.has(given.get('a'))) openAssociation(rowOfId.get(given.get('a')));
  return true;
};

const counted = (values) => {
  const counts = new Map();
  for (const value of values) if (value) counts.set(value, (counts.get(value) || 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 300);
};
const everyRow = function* everyRow() { for (let row = 0; row < data.count; row += 1) yield row; };
const facetValues = {
  result: function* result() { for (const row of everyRow()) yield field.outcome(row); },
  peer: function* peer() { for (const row of everyRow()) yield field.peer(row); },
  dir: function* dir() { for (const row of everyRow()) yield field.incoming(row) ? 'in' : 'out'; },
  op: function* op() { for (const row of everyRow()) for (const one of field.services(row).split(', ')) yield one.replace(/ ×.*$/, ''); },
  finding: function* finding() { for (const row of everyRow()) for (const one of field.findings(row)) yield data.findings[one]; },
};
const facetWord = (key, value) => {
  if (key === 'dir') return word(texts.word.direction, value === 'in' ? 'incoming' : 'outgoing');
  return key === 'result' ? word(texts.outcome, value) : value;
};

const startTable = () => {
  for (const select of document.querySelectorAll('[data-facet]')) {
    const key = select.dataset.facet;
    select.append(...counted(facetValues[key]()).map(([value, count]) => el('option', { value }, `${facetWord(key, value)} (${grouped(count)})`)));
    select.addEventListener('change', () => setQuery(replaced(state.q, key, select.value || null)));
    if (select.options.length < 2) select.parentElement.hidden = true;
  }
  byId('facet-failed').addEventListener('change', (event) => setQuery(replaced(state.q, 'failed', event.target.checked ? 'yes' : null)));
  let waiting = 0;
  byId('filter').addEventListener('input', (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => change({ q: event.target.value }), 120);
  });
  byId('clear').addEventListener('click', () => { state.from = null; state.to = null; setQuery(''); drawTimeline(); });
  byId('previous').addEventListener('click', () => change({ page: state.page - 1 }));
  byId('next').addEventListener('click', () => change({ page: state.page + 1 }));
  for (const head of document.querySelectorAll('#table [data-sort]')) {
    head.addEventListener('click', () => {
      const name = head.dataset.sort;
      change({ sort: state.sort === name ? `-${name}` : name });
    });
  }
  byId('table').tBodies[0].addEventListener('click', (event) => {
    const row = event.target.closest('tr');
    if (row && !event.target.closest('a')) { openAssociation(Number(row.dataset.row)); writeAddress(); }
  });
  byId('browser').addEventListener('keydown', (event) => {
    if (event.target.closest('input, select') || event.ctrlKey || event.altKey || event.metaKey) return;
    const rows = [...byId('table').tBodies[0].rows];
    const here = rows.indexOf(event.target.closest('tbody tr'));
    if (event.key === '/') { event.preventDefault(); byId('filter').focus(); }
    if (event.key === 'j' && rows[here + 1]) rows[here + 1].querySelector('a').focus();
    if (event.key === 'k' && rows[here - 1]) rows[here - 1].querySelector('a').focus();
  });
  const neighbour = (step) => {
    const next = matching[matching.indexOf(opened) + step];
    if (next !== undefined) { openAssociation(next); writeAddress(); }
  };
  byId('drawer-previous').addEventListener('click', () => neighbour(-1));
  byId('drawer-next').addEventListener('click', () => neighbour(1));
  byId('drawer-close').addEventListener('click', () => drawer.close());
  drawer.addEventListener('click', (event) => { if (event.target === drawer) drawer.close(); });
  drawer.addEventListener('close', () => { opened = -1; if (/(^#|&)a=/.test(location.hash)) writeAddress(); });
  filterRows();
};

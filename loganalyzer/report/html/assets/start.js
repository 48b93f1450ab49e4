// The data of the page and the few tools to show it. Texts of a log only ever become text nodes and plain attributes.
performance.mark('loganalyzer-start');
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId('data').textContent);
const texts = JSON.parse(byId('texts').textContent);
const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
const say = (text, values) => text.replace(/\{(\w+)\}/g, (whole, key) => (has(values, key) ? String(values[key]) : whole));
const word = (table, key) => (table && has(table, key) ? table[key] : key);
const text = (number) => (number < 0 ? '' : data.text[number]);

const SVG = 'http://www.w3.org/2000/svg';
const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
};
const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
const icon = (name, label) => svg('svg', label ? { class: `icon i-${name}`, role: 'img', 'aria-label': label } : { class: `icon i-${name}`, 'aria-hidden': 'true' }, svg('use', { href: `#i-${name}` }));

const grouped = (number) => (number >= 10000 ? String(number).replace(/\B(?=(\d{3})+$)/g, '\u2009') : String(number));
const pad = (number, digits) => String(number).padStart(digits, '0');

// Local times of the log are kept as microseconds since the first association; Date only does the calendar, in UTC.
const baseParts = data.base ? data.base.match(/\d+/g).map(Number) : [1970, 1, 1, 0, 0, 0, 0];
const baseMilli = Date.UTC(baseParts[0], baseParts[1] - 1, baseParts[2], baseParts[3], baseParts[4], baseParts[5]);
const baseMicro = baseMilli * 1000 + baseParts[6];
const calendar = (micro) => new Date(Math.floor((baseMicro + micro) / 1000));
const clock = (micro, digits) => {
  if (!Number.isFinite(micro)) return '–';
  const date = calendar(micro);
  const seconds = `${pad(date.getUTCHours(), 2)}:${pad(date.getUTCMinutes(), 2)}:${pad(date.getUTCSeconds(), 2)}`;
  return digits === 0 ? seconds : `${seconds}.${pad(date.getUTCMilliseconds(), 3)}`;
};
const day = (micro) => {
  const date = calendar(micro);
  const short = `${pad(date.getUTCMonth() + 1, 2)}-${pad(date.getUTCDate(), 2)}`;
  return data.year ? `${date.getUTCFullYear()}-${short}` : short;
};
const moment = (micro, digits) => (Number.isFinite(micro) ? `${day(micro)} ${clock(micro, digits)}` : '–');
const duration = (milli) => {
  if (milli === null || milli === undefined) return '–';
  if (milli < 1000) return `${milli.toFixed(0)} ms`;
  if (milli < 60000) return `${(milli / 1000).toFixed(1)} s`;
  const seconds = Math.round(milli / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${pad(seconds % 60, 2)} s` : `${Math.floor(minutes / 60)} h ${pad(minutes % 60, 2)} min`;
};

// A column is a list, or one value that holds for every row.
const column = (name) => {
  const values = data.columns[name];
  return Array.isArray(values) ? (row) => values[row] : () => values.all;
};
const columns = {};
for (const name of Object.keys(data.columns)) columns[name] = column(name);
const starts = new Float64Array(data.count);
let before = 0;
for (let row = 0; row < data.count; row += 1) {
  const step = columns.start(row);
  starts[row] = step === null ? NaN : (before += step);
}
let lastEnd = 0;
for (let row = 0; row < data.count; row += 1) {
  const end = starts[row] + (columns.took(row) || 0) * 1000;
  if (end > lastEnd) lastEnd = end;
}
const manyDays = data.count > 0 && day(0) !== day(lastEnd);
const rowOfId = new Map();
for (let row = 0; row < data.count; row += 1) rowOfId.set(columns.id(row), row);
const field = {
  outcome: (row) => text(columns.outcome(row)),
  calling: (row) => text(columns.calling(row)),
  called: (row) => text(columns.called(row)),
  peer: (row) => text(columns.peer(row)),
  ip: (row) => text(columns.ip(row)),
  services: (row) => text(columns.services(row)),
  incoming: (row) => text(columns.direction(row)) === 'incoming',
  findings: (row) => columns.findings(row) || [],
};
const arrow = (row) => (field.incoming(row)
  ? `${field.called(row) || '?'} ← ${field.calling(row) || '?'}`
  : `${field.calling(row) || '?'} → ${field.called(row) || '?'}`);
const resultText = (row) => {
  const bad = columns.badOps(row);
  const outcome = word(texts.outcome, field.outcome(row));
  return bad ? `${outcome}, ${say(texts.script.failed_ops, { n: grouped(bad) })}` : outcome;
};

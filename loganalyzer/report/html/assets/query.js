// The filter: words parted by blanks, all of which must match. No text of a log or of a reader becomes a regular expression.
const WORD = /(-)?(?:([a-z]+):)?(?:"([^"]*)"?|([^\s"]\S*))/gi;
const words = (query) => [...query.matchAll(WORD)].map((match) => ({
  negated: match[1] === '-',
  key: (match[2] || '').toLowerCase(),
  value: match[3] !== undefined ? match[3] : match[4] || '',
}));

const like = (pattern) => {
  const parts = pattern.toLowerCase().split('*');
  if (parts.length === 1) return (value) => value.toLowerCase() === parts[0];
  return (given) => {
    const value = given.toLowerCase();
    const last = parts[parts.length - 1];
    if (!value.startsWith(parts[0]) || !value.endsWith(last) || value.length < parts[0].length + last.length) return false;
    let place = parts[0].length;
    for (const part of parts.slice(1, -1)) {
      place = value.indexOf(part, place);
      if (place < 0) return false;
      place += part.length;
    }
    return place <= value.length - last.length;
  };
};
const contains = (value) => {
  const wanted = value.toLowerCase();
  return (given) => given.toLowerCase().includes(wanted);
};
// The same text stands in many rows: look at it once.
const remembered = (test) => {
  const known = new Map();
  return (value) => {
    if (!known.has(value)) known.set(value, test(value));
    return known.get(value);
  };
};
const instant = (value) => {
  const match = value.match(/^(?:(?:(\d{4})-)?(\d{1,2})-(\d{1,2})(?:[T_]|$))?(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?$/);
  if (!match || value === '') throw new Error(say(texts.script.bad_time, { value }));
  const part = (number, otherwise) => (match[number] === undefined ? otherwise : Number(match[number]));
  const date = Date.UTC(part(1, baseParts[0]), part(2, baseParts[1]) - 1, part(3, baseParts[2]), part(4, 0), part(5, 0), part(6, 0));
  return date * 1000 + Number((match[7] || '0').padEnd(6, '0')) - baseMicro;
};
const seconds = (value) => {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) throw new Error(say(texts.script.bad_number, { value }));
  return number;
};

const TESTS = {
  aet: (value) => { const test = remembered(like(value)); return (row) => test(field.calling(row)) || test(field.called(row)); },
  calling: (value) => { const test = remembered(like(value)); return (row) => test(field.calling(row)); },
  called: (value) => { const test = remembered(like(value)); return (row) => test(field.called(row)); },
  peer: (value) => { const test = remembered(like(value)); return (row) => test(field.peer(row)) || test(field.ip(row)); },
  ip: (value) => { const test = remembered(like(value)); return (row) => test(field.ip(row)); },
  dir: (value) => { const incoming = value.toLowerCase().startsWith('in'); return (row) => field.incoming(row) === incoming; },
  result: (value) => { const test = remembered(like(value)); return (row) => test(field.outcome(row)); },
  op: (value) => { const test = remembered(contains(value)); return (row) => test(field.services(row)); },
  status: (value) => { const test = remembered(contains(value)); return (row) => test(text(columns.status(row))); },
  failed: (value) => { const wanted = /^(y|1|t)/i.test(value) ? 1 : 0; return (row) => columns.failed(row) === wanted; },
  finding: (value) => {
    const wanted = value.toLowerCase();
    const hit = data.findings.map((label) => label.toLowerCase() === wanted || like(value)(label));
    return (row) => field.findings(row).some((number) => hit[number]);
  },
  after: (value) => { const limit = instant(value); return (row) => starts[row] >= limit; },
  before: (value) => { const limit = instant(value); return (row) => starts[row] < limit; },
  longer: (value) => { const limit = seconds(value) * 1000; return (row) => columns.took(row) >= limit && columns.took(row) !== null; },
  id: (value) => { const test = like(value); return (row) => test(columns.id(row)); },
  thread: (value) => { const test = remembered(like(value)); return (row) => test(text(columns.thread(row))); },
  log: (value) => { const test = remembered(like(value)); return (row) => test(data.logs[columns.log(row)] || ''); },
  '': (value) => {
    const test = remembered(contains(value));
    return (row) => test(field.calling(row)) || test(field.called(row)) || test(field.ip(row)) || test(field.services(row))
      || test(field.outcome(row)) || test(columns.id(row));
  },
};

// Gives a function that says whether a row matches; throws an Error with a sentence for the reader.
const compile = (query) => {
  const tests = words(query).map(({ negated, key, value }) => {
    if (!has(TESTS, key)) {
      throw new Error(say(texts.script.unknown_key, { key, known: Object.keys(TESTS).filter(Boolean).join(', ') }));
    }
    const test = TESTS[key](value);
    return negated ? (row) => !test(row) : test;
  });
  return (row) => tests.every((test) => test(row));
};
const written = (key, value) => `${key}:${/[\s"]/.test(value) || value === '' ? `"${value.replace(/"/g, '*')}"` : value}`;
const replaced = (query, key, value) => {
  const kept = words(query).filter((one) => one.key !== key)
    .map((one) => (one.negated ? '-' : '') + (one.key ? written(one.key, one.value) : (/\s/.test(one.value) ? `"${one.value}"` : one.value)));
  if (value !== null) kept.push(written(key, value));
  return kept.join(' ');
};

// One association, opened beside the table.
const drawer = byId('drawer');
let opened = -1;
const heading = (name) => el('h3', {}, name);
const scrolling = (label, ...children) => el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': label }, ...children);
const table = (label, heads, rows) => scrolling(label, el('table', {},
  el('thead', {}, el('tr', {}, heads.map(([name, kind]) => el('th', { scope: 'col', class: kind || null }, name)))),
  el('tbody', {}, rows)));

// Associations without details have what stands in the table.
const factsOf = (row, detail) => {
  const t = texts.html;
  const line = columns.line(row);
  const parent = columns.parent(row);
  const told = detail.facts ? detail.facts.map((pair) => pair.map(text)) : [
    [t.column_from_to, `${field.calling(row) || '?'} → ${field.called(row) || '?'}`],
    [t.column_direction, word(texts.word.direction, text(columns.direction(row)))],
    [t.fact_address, field.ip(row) && field.ip(row) + (columns.port(row) ? `:${columns.port(row)}` : '')],
    [t.fact_thread, text(columns.thread(row))],
    [t.fact_where, line === null ? '' : `${data.logs[columns.log(row)] || ''}:${line}`],
  ];
  const times = [[t.fact_start, moment(starts[row])], [t.fact_duration, duration(columns.took(row))]];
  const list = [...told.slice(0, 2), ...times, ...told.slice(2)].filter(([, value]) => value && value !== '–')
    .map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  if (parent >= 0) list.push(el('div', {}, el('dt', {}, t.fact_caused_by), el('dd', {}, link(parent, arrow(parent)))));
  return el('dl', { class: 'values' }, list);
};

const negotiation = (row, detail) => {
  if (detail.contexts === undefined) return [];
  const t = texts.html;
  const contexts = data.contexts[detail.contexts];
  const direction = text(columns.direction(row));
  const answers = new Set();
  const rows = contexts.map(([id, abstract, proposed, result, accepted]) => {
    const answer = text(result);
    const refused = answer !== '' && answer !== 'accepted';
    if (refused) answers.add(answer);
    return el('tr', { class: refused ? 'bad' : null },
      el('td', { class: 'num' }, String(id)), el('td', {}, text(abstract)), el('td', {}, proposed.map(text).join(', ')),
      el('td', {}, word(texts.answer, answer || 'none') + (accepted < 0 ? '' : `: ${text(accepted)}`)));
  });
  const remedies = [...answers].map((answer) => texts.remedy[direction] && has(texts.remedy[direction], answer) ? el('p', { class: 'hint' }, texts.remedy[direction][answer]) : null);
  return [heading(t.association_negotiation),
    table(t.association_negotiation, [[t.context_id, 'num'], [t.context_abstract], [t.context_proposed], [t.context_result]], rows), ...remedies];
};

// A way from a statement to its line among those shown below; the text alone where that line is not shown.
const lineLinks = (detail) => {
  const shown = new Set((detail.lines || []).map(([number]) => number));
  return (line, kind, part) => {
    if (!shown.has(line)) return part;
    const way = (kind === 'svg' ? svg : el)('a', { href: `#D-${line}` }, part);
    way.addEventListener('click', (event) => {
      event.preventDefault();
      const item = byId(`D-${line}`);
      for (const other of drawer.querySelectorAll('li.hit')) other.classList.remove('hit');
      item.classList.add('hit');
      item.scrollIntoView({ block: 'center' });
    });
    return way;
  };
};

const operations = (detail, lineLink) => {
  if (!detail.operations) return [];
  const t = texts.html;
  const rows = detail.operations.map(([command, by, count, status, ok, sopClass, line]) => el('tr', { class: ok === false ? 'bad' : null },
    el('td', {}, text(command)), el('td', {}, word(texts.word.side, text(by))), el('td', { class: 'num' }, grouped(count)),
    el('td', {}, text(status)), el('td', {}, text(sopClass)), el('td', { class: 'num' }, line === null ? '' : lineLink(line, 'html', String(line)))));
  return [heading(t.association_operations), table(t.association_operations,
    [[t.operation_command], [t.operation_by], [t.operation_count, 'num'], [t.operation_status], [t.operation_class], [t.line_column, 'num']], rows)];
};

const linesOf = (detail) => {
  const t = texts.html;
  if (!detail.lines) return [el('p', { class: 'hint' }, t.lines_none)];
  const list = el('ol', { class: 'code' }, detail.lines.map(([number, content, note]) => el('li', { class: note ? 'secondary' : null, id: `D-${number}` },
    el('span', { class: 'number' }, String(number)), el('code', { class: 'line' }, content), note ? el('span', { class: 'label' }, note) : null)));
  return [heading(t.association_lines), scrolling(t.association_lines, list),
    detail.hidden ? el('p', {}, say(t.lines_more, { n: grouped(detail.hidden) })) : null];
};

const bodyOf = (row) => {
  const t = texts.html;
  const bad = columns.failed(row) === 1;
  const numbers = field.findings(row);
  const summary = el('p', { class: bad ? 'summary bad' : 'summary' }, icon(bad ? 'error' : 'good'), ` ${resultText(row)}`,
    field.services(row) ? ` · ${field.services(row)}` : '', numbers.map((number) => [' · ', findingLink(number)]).flat());
  if (!has(data.details, row)) return [summary, factsOf(row, {}), el('p', { class: 'hint' }, t.no_detail)];
  const detail = data.details[row];
  const lanes = (detail.lanes || []).map(text);
  const steps = stepsOf(detail);
  const lineLink = lineLinks(detail);
  const stepRows = steps.map((step) => el('tr', { class: step.tone === 'bad' ? 'bad' : null }, el('td', { class: 'time' }, step.time === null ? '–' : clock(step.time)),
    el('td', {}, lanes[step.source]), el('td', {}, step.source === step.target ? '' : lanes[step.target]),
    el('td', {}, step.note ? `${step.label} (${step.note})` : step.label), el('td', { class: 'num' }, step.line === null ? '' : lineLink(step.line, 'html', String(step.line)))));
  return [summary, factsOf(row, detail),
    heading(t.association_sequence), scrolling(t.association_sequence, sequence(lanes, steps, lineLink)),
    el('details', {}, el('summary', {}, t.association_sequence_table), table(t.association_sequence_table,
      [[t.step_time], [t.step_from], [t.step_to], [t.step_message], [t.line_column, 'num']], stepRows)),
    detail.phases ? heading(t.association_phases) : null, detail.phases ? phaseBar(detail.phases) : null,
    operations(detail, lineLink), negotiation(row, detail), linesOf(detail)];
};

const findingLink = (number) => {
  const link = el('a', { href: `#${data.anchors[number]}` }, data.findings[number]);
  link.addEventListener('click', () => drawer.open && drawer.close());
  return link;
};
const link = (row, label) => el('a', { href: `#a=${encodeURIComponent(columns.id(row))}` }, label);

const openAssociation = (row) => {
  opened = row;
  byId('drawer-title').textContent = arrow(row);
  byId('drawer-body').replaceChildren(...bodyOf(row).flat(2).filter((part) => part !== null));
  if (!drawer.open) drawer.showModal();
  drawer.scrollTop = 0;
};

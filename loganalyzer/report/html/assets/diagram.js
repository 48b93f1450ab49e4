// Sequence diagrams and phase bars; the measures are those of drawing.py.
const MEASURE = { width: 800, gutter: 96, first: 180, last: 660, top: 62, step: 44, note: 13, notes: 3 };
const shortened = (value, room) => (value.length <= room ? value : `${value.slice(0, room - 1)}…`);
const notesOf = (note, room) => {
  const lines = [];
  let rest = note;
  while (rest.length > room && lines.length < MEASURE.notes - 1) {
    const place = rest.slice(0, room + 1).lastIndexOf(' ');
    const end = place >= room >> 1 ? place : room;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trim();
  }
  return rest ? [...lines, shortened(rest, room)] : lines;
};
const gutterText = (time, earlier) => {
  if (time === null) return '';
  if (earlier === null) return clock(time);
  return time >= earlier ? `+ ${duration((time - earlier) / 1000)}` : clock(time);
};
const headPath = (step, y, from, to) => {
  const way = to > from ? 1 : -1;
  if (from === to) return step.tone === 'bad' ? `M${from - 5} ${y - 5}l10 10m0-10l-10 10` : `M${from - 4} ${y}h8`;
  if (step.tone === 'bad') return `M${to - 9 * way - 5} ${y - 5}l10 10m0-10l-10 10`;
  return `M${to - 8 * way} ${y - 4}L${to} ${y}L${to - 8 * way} ${y + 4}z`;
};
const stepsOf = (detail) => (detail.steps || []).map(([source, target, label, note, tone, time, line]) => ({
  source, target, time, line, label: text(label), note: text(note), tone: ['plain', 'good', 'bad'][tone % 4], reply: tone >= 4,
}));

const sequence = (lanes, steps, lineLink) => {
  const places = lanes.map((_, number) => MEASURE.first + Math.floor(((MEASURE.last - MEASURE.first) * number) / Math.max(1, lanes.length - 1)));
  const room = lanes.length > 2 ? 38 : 74;
  let earlier = null;
  let height = MEASURE.top;
  const arrows = steps.map((step) => {
    const y = height;
    const notes = notesOf(step.note, room + 6);
    height += MEASURE.step + MEASURE.note * Math.max(0, notes.length - 1);
    const from = places[step.source];
    const to = places[step.target];
    const middle = (from + to) >> 1;
    const time = gutterText(step.time, earlier);
    earlier = step.time === null ? earlier : step.time;
    const line = from === to ? null : svg('path', { class: step.reply ? 'reply' : 'request', d: `M${from} ${y}H${to}` });
    return lineLink(step.line, 'svg', svg('g', { class: step.tone },
      svg('rect', { class: 'reach', x: Math.min(from, to) - 8, y: y - 18, width: Math.abs(to - from) + 16, height: 22 + MEASURE.note * notes.length }),
      svg('title', {}, step.note ? `${step.label}: ${step.note}` : step.label),
      svg('text', { class: 'time', x: MEASURE.gutter, y: y + 4 }, time),
      line,
      svg('path', { class: from === to ? 'spot' : 'head', d: headPath(step, y, from, to) }),
      svg('text', { class: 'label', x: middle, y: y - 6 }, shortened(step.label, room)),
      notes.map((note, line) => svg('text', { class: 'note', x: middle, y: y + 1 + MEASURE.note * (line + 1) }, note))));
  });
  return svg('svg', { class: 'sequence', viewBox: `0 0 ${MEASURE.width} ${height}`, role: 'group', 'aria-label': `${texts.script.sequence}: ${lanes.join(', ')}` },
    lanes.map((lane, number) => [
      svg('path', { class: 'life', d: `M${places[number]} 30V${height - 8}` }),
      svg('text', { class: 'lane', x: places[number], y: 18 }, lane),
    ]).flat(), arrows);
};

const phaseBar = (phases) => {
  const total = phases.reduce((sum, [, length]) => sum + length, 0);
  let x = 0;
  const parts = phases.map(([name, length]) => {
    const part = svg('rect', { class: name, x: x.toFixed(2), y: 0, width: Math.max(1, (1000 * length) / total).toFixed(2), height: 20 });
    x += (1000 * length) / total;
    return part;
  });
  return [
    svg('svg', { class: 'phases', viewBox: '0 0 1000 20', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, parts),
    el('ul', { class: 'phase-key' }, phases.map(([name, length]) => el('li', {},
      svg('svg', { class: 'phases', viewBox: '0 0 10 10', 'aria-hidden': 'true' }, svg('rect', { class: name, width: 10, height: 10 })),
      `${word(texts.phase, name)} ${duration(length * 1000)}`))),
  ];
};

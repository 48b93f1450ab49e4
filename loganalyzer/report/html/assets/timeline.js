// The overview again, for the stretch of time that the reader looks at; the measures are those of overview.py.
const timeline = byId('timeline');
const AREA = { left: 170, width: 818, top: 6, row: 22, axis: 26 };
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
const windowNow = () => (state.from === null ? [0, Math.max(lastEnd, 1)] : [state.from, state.to]);
const rowOfPeer = new Map();
const peersInRow = timeline ? [...timeline.querySelectorAll('text.row')].length : 0;
data.rows.forEach((name, number) => rowOfPeer.set(name, number));
const rowOfAssociation = (row) => {
  const own = rowOfPeer.get(field.peer(row));
  return own === undefined ? peersInRow - 1 : own;
};
let crosses = [];

const ticks = (from, to) => {
  const total = (to - from) / 1e6;
  const step = (STEPS.find((one) => total / one <= 6) || 86400 * Math.max(1, Math.round(total / 86400 / 6))) * 1e6;
  const offset = ((baseMicro % 86400e6) + 86400e6) % 86400e6;
  const marks = [];
  for (let time = Math.ceil((from + offset) / step) * step - offset; time <= to; time += step) {
    marks.push([time, step >= 86400e6 ? day(time) : clock(time, step >= 1e6 ? 0 : 3)]);
  }
  return marks;
};

const drawTimeline = () => {
  if (!timeline) return;
  const [from, to] = windowNow();
  const place = (time) => AREA.left + (AREA.width * (time - from)) / (to - from);
  const spans = Array.from({ length: peersInRow }, () => []);
  const marks = Array.from({ length: peersInRow }, () => []);
  const order = [...everyRow()].filter((row) => Number.isFinite(starts[row])).sort((a, b) => starts[a] - starts[b]);
  crosses = [];
  for (const row of order) {
    const end = starts[row] + (columns.took(row) || 0) * 1000;
    if (end < from || starts[row] > to) continue;
    const begin = Math.max(AREA.left, place(starts[row]));
    const stop = Math.max(begin + 2, Math.min(AREA.left + AREA.width, place(end)));
    const lane = rowOfAssociation(row);
    const last = spans[lane][spans[lane].length - 1];
    if (last && begin <= last[1] + 0.5) last[1] = Math.max(last[1], stop);
    else spans[lane].push([begin, stop]);
    if (columns.failed(row) === 1) {
      const before = marks[lane][marks[lane].length - 1];
      crosses.push([begin, lane, row]);
      if (before === undefined || begin - before >= 3) marks[lane].push(begin);
    }
  }
  const bars = byId('timeline-bars');
  bars.replaceChildren(...spans.flatMap((list, lane) => {
    const y = AREA.top + lane * AREA.row;
    const parts = [svg('path', { class: 'good', d: list.map(([a, b]) => `M${a.toFixed(1)} ${y + 5}h${(b - a).toFixed(1)}v12h-${(b - a).toFixed(1)}z`).join('') })];
    if (marks[lane].length) parts.push(svg('path', { class: 'bad', d: marks[lane].map((x) => `M${(x - 4).toFixed(1)} ${y + 7}l8 8m0-8l-8 8`).join('') }));
    return parts;
  }));
  const height = AREA.top + peersInRow * AREA.row + AREA.axis;
  byId('timeline-grid').replaceChildren(...ticks(from, to).flatMap(([time, label]) => [
    svg('path', { class: 'grid', d: `M${place(time).toFixed(1)} 4V${height - 22}` }),
    svg('text', { class: 'tick', x: place(time).toFixed(1), y: height - 8 }, label)]));
  byId('zoom-out').disabled = state.from === null;
  byId('zoom-reset').disabled = state.from === null;
  byId('zoom-in').disabled = to - from <= 2000;
};

const zoom = (from, to) => {
  const whole = Math.max(lastEnd, 1);
  const begin = Math.max(0, Math.min(from, to));
  const end = Math.min(whole, Math.max(from, to, begin + 1000));
  change(begin <= 0 && end >= whole ? { from: null, to: null } : { from: begin, to: end });
  drawTimeline();
};

const startTimeline = () => {
  if (!timeline) return;
  const spot = (event) => {
    const box = timeline.getBoundingClientRect();
    const scale = 1000 / box.width;
    return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
  };
  const timeAt = (x) => {
    const [from, to] = windowNow();
    return from + ((to - from) * Math.min(1, Math.max(0, (x - AREA.left) / AREA.width)));
  };
  const nearest = (x, y) => {
    const lane = Math.floor((y - AREA.top) / AREA.row);
    let best = null;
    for (const cross of crosses) {
      if (cross[1] === lane && Math.abs(cross[0] - x) <= 7 && (best === null || Math.abs(cross[0] - x) < Math.abs(best[0] - x))) best = cross;
    }
    return best;
  };
  let pressed = null;
  let brush = null;
  timeline.addEventListener('pointerdown', (event) => {
    const [x] = spot(event);
    if (event.button !== 0 || x < AREA.left) return;
    pressed = x;
    timeline.setPointerCapture(event.pointerId);
  });
  timeline.addEventListener('pointermove', (event) => {
    const [x, y] = spot(event);
    if (pressed === null) {
      const hit = nearest(x, y);
      byId('timeline-hint').textContent = hit ? say(texts.script.position, { time: clock(starts[hit[2]]), peer: field.peer(hit[2]), result: resultText(hit[2]) }) : '';
      return;
    }
    if (!brush) { brush = svg('rect', { class: 'brush', y: 0, height: '100%' }); timeline.append(brush); }
    const begin = Math.max(AREA.left, Math.min(x, pressed));
    brush.setAttribute('x', begin);
    brush.setAttribute('width', Math.max(0, Math.min(AREA.left + AREA.width, Math.max(x, pressed)) - begin));
  });
  const release = (event) => {
    if (pressed === null) return;
    const [x, y] = spot(event);
    const begin = pressed;
    pressed = null;
    if (brush) { brush.remove(); brush = null; }
    if (event.type === 'pointercancel') return;
    if (Math.abs(x - begin) > 4) { zoom(timeAt(begin), timeAt(x)); return; }
    const hit = nearest(x, y);
    if (hit) { openAssociation(hit[2]); writeAddress(); }
  };
  timeline.addEventListener('pointerup', release);
  timeline.addEventListener('pointercancel', release);
  const scaled = (factor) => {
    const [from, to] = windowNow();
    const middle = (from + to) / 2;
    zoom(middle - ((to - from) / 2) * factor, middle + ((to - from) / 2) * factor);
  };
  byId('zoom-in').addEventListener('click', () => scaled(0.5));
  byId('zoom-out').addEventListener('click', () => scaled(2));
  byId('zoom-reset').addEventListener('click', () => zoom(0, lastEnd));
  drawTimeline();
};

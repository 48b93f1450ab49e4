// Follows a diagnosis until it is there.
'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const size = (bytes) => {
    if (bytes < 1000) return `${bytes} B`;
    return bytes < 1000000 ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / 1000000).toFixed(1)} MB`;
  };
  const phases = {
    starting: 'Starting the analysis.',
    redacting: 'Taking out what identifies people and sites.',
    reading: 'Reading the log.',
    writing: 'Writing the diagnosis.',
    finished: 'Done.',
  };
  const say = (id, text) => { if (byId(id).textContent !== text) byId(id).textContent = text; };
  const show = (state) => {
    const now = state.progress;
    const waiting = now.ahead ? `Waiting: ${now.ahead} before this one.` : 'Waiting for its turn.';
    say('progress-words', phases[now.phase] || waiting);
    say('progress-bytes', `${size(now.bytes)} of ${size(now.total)}`);
    const bar = byId('progress-bar');
    bar.max = Math.max(1, now.total);
    // What takes unknown time shows no share; so does the writing after the last byte.
    if (['starting', 'redacting', 'writing'].includes(now.phase)) bar.removeAttribute('value');
    else bar.value = now.bytes;
  };
  const events = new EventSource(byId('progress').dataset.events);
  events.addEventListener('message', (event) => {
    const state = JSON.parse(event.data);
    if (state.status === 'done' || state.status === 'failed') {
      events.close();
      location.reload();
    } else {
      show(state);
    }
  });
  events.addEventListener('gone', () => {
    events.close();
    location.reload();
  });
  // Whoever cancels is on the way to another page.
  addEventListener('submit', () => events.close());
  // A server that was restarted is asked again by EventSource itself; one that refuses ends it, then the page tells why.
  events.addEventListener('error', () => {
    if (events.readyState === EventSource.CLOSED) { location.reload(); return; }
    say('progress-words', 'The server does not answer. This page goes on when it is back.');
    byId('progress-bar').removeAttribute('value');
  });
})();

// Dropping, choosing and pasting, and the progress of the upload. Without it the form does the same.
'use strict';
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId('upload');
  const input = byId('files');
  const drop = byId('drop');
  const list = byId('chosen');
  const error = byId('error');
  const largest = Number(form.dataset.largest);
  const most = Number(form.dataset.most);
  let files = [];
  let request = null;

  const size = (bytes) => {
    if (bytes < 1000) return `${bytes} B`;
    return bytes < 1000000 ? `${(bytes / 1000).toFixed(0)} kB` : `${(bytes / 1000000).toFixed(1)} MB`;
  };
  const refuse = (sentence) => {
    error.textContent = sentence;
    error.hidden = !sentence;
  };
  const element = (name, text, attributes) => {
    const made = document.createElement(name);
    made.textContent = text;
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    return made;
  };
  const show = () => {
    list.replaceChildren(...files.map((file, place) => {
      const item = document.createElement('li');
      const remove = element('button', 'Remove', { type: 'button', 'aria-label': `Remove ${file.name}` });
      remove.addEventListener('click', () => {
        files.splice(place, 1);
        show();
        (list.querySelectorAll('button')[Math.min(place, files.length - 1)] || input).focus();
      });
      item.append(element('span', file.name, { class: 'name' }), element('small', size(file.size)), remove);
      return item;
    }));
  };
  const add = (more) => {
    refuse('');
    for (const file of more) {
      if (!files.some((one) => one.name === file.name && one.size === file.size && one.lastModified === file.lastModified)) files.push(file);
    }
    show();
  };

  input.addEventListener('change', () => {
    add(input.files);
    input.value = '';
  });
  for (const name of ['dragenter', 'dragover']) {
    addEventListener(name, (event) => {
      if (![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      drop.classList.add('over');
    });
  }
  for (const name of ['dragleave', 'drop', 'dragend']) {
    addEventListener(name, (event) => {
      if (name !== 'dragleave' || event.relatedTarget === null) drop.classList.remove('over');
    });
  }
  addEventListener('drop', (event) => {
    if (request || !event.dataTransfer.files.length) return;
    event.preventDefault();
    add(event.dataTransfer.files);
    byId('send').focus();
  });
  addEventListener('paste', (event) => {
    if (request || event.target === byId('text') || !event.clipboardData) return;
    if (event.clipboardData.files.length) {
      add(event.clipboardData.files);
      return;
    }
    const pasted = event.clipboardData.getData('text/plain');
    if (!pasted) return;
    event.preventDefault();
    byId('text').closest('details').open = true;
    byId('text').value = pasted;
    byId('send').focus();
  });

  const busy = (sending) => {
    byId('sending').hidden = !sending;
    for (const part of form.querySelectorAll('input:not([type="hidden"]), textarea, #send, #chosen button')) part.disabled = sending;
  };
  const words = (sentence) => { byId('sending-words').textContent = sentence; };
  const problem = (answer) => {
    try { return JSON.parse(answer).detail || ''; } catch (broken) { return ''; }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    refuse('');
    const text = byId('text').value;
    const total = files.reduce((sum, file) => sum + file.size, text.length);
    if (!files.length && !text.trim()) {
      refuse('Choose a log first, or paste one.');
      input.focus();
      return;
    }
    if (total > largest) {
      refuse(`This is ${size(total)} altogether; this server takes ${size(largest)}. Send it compressed, or a shorter part.`);
      return;
    }
    if (files.length > most) {
      refuse(`These are ${files.length} files; this server takes ${most} at once. Send an archive of them.`);
      return;
    }
    const data = new FormData();
    data.append('redact', byId('redact').checked ? 'true' : 'false');
    for (const file of files) data.append('file', file, file.name);
    if (text.trim()) data.append('text', text);
    request = new XMLHttpRequest();
    request.open('POST', form.dataset.api);
    request.setRequestHeader('X-Form-Token', form.elements.form_token.value);
    request.upload.addEventListener('progress', (now) => {
      if (!now.lengthComputable) return;
      byId('sending-bar').max = now.total;
      byId('sending-bar').value = now.loaded;
      words(now.loaded < now.total ? `Uploading: ${size(now.loaded)} of ${size(now.total)}.` : 'Uploaded, waiting for the server.');
    });
    const end = (sentence) => {
      request = null;
      busy(false);
      refuse(sentence);
    };
    request.addEventListener('load', () => {
      if (request.status === 202) {
        location.assign(`/d/${JSON.parse(request.responseText).id}`);
        return;
      }
      end(problem(request.responseText) || `The server answered ${request.status}.`);
    });
    request.addEventListener('error', () => end('The connection to the server broke. Nothing was kept; try again.'));
    request.addEventListener('abort', () => end('Cancelled. Nothing was kept.'));
    busy(true);
    words('Uploading.');
    byId('cancel').focus();
    request.send(data);
  });
  byId('cancel').addEventListener('click', () => { if (request) request.abort(); });
  addEventListener('pageshow', (event) => { if (event.persisted) { request = null; busy(false); } });
})();

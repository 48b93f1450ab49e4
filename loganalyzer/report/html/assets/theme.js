// The colours that a person chose hold for reports and for the pages of the server. This comes before all other scripts.
'use strict';
(() => {
  const root = document.documentElement;
  root.classList.add('js');
  let kept = '';
  try { kept = localStorage.getItem('loganalyzer-theme') || ''; } catch (problem) { /* not kept */ }
  const show = (value) => {
    if (value === 'light' || value === 'dark') root.dataset.theme = value;
    else delete root.dataset.theme;
  };
  show(kept);
  addEventListener('DOMContentLoaded', () => {
    const choice = document.getElementById('theme');
    choice.value = ['light', 'dark'].includes(kept) ? kept : '';
    choice.addEventListener('change', () => {
      show(choice.value);
      try { localStorage.setItem('loganalyzer-theme', choice.value); } catch (problem) { /* not kept */ }
    });
  });
})();

"use strict";
const form = document.querySelector(".filter");
if (form) {
  const rows = [...document.querySelectorAll(".clauses tbody tr")];
  const texts = rows.map(row => row.textContent.toLowerCase());
  const filter = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdict = form.elements.verdict.value, level = form.elements.level.value;
    let shown = 0;
    rows.forEach((row, i) => {
      const fits = (!verdict || row.dataset.verdict === verdict) && (!level || row.dataset.level === level) &&
        words.every(word => texts[i].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    form.elements.count.value = `${shown} of ${rows.length} clauses`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  filter();
}
for (const command of document.querySelectorAll("pre.command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command.textContent);
    button.textContent = "Copied";
  });
  (command.previousElementSibling ?? command.parentElement).append(button);
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach(details => { details.open = true; }));

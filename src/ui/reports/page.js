"use strict";
const told = document.getElementById("told");
function select(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
async function copy(button) {
  const text = button.dataset.copy;
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    done = select(text);
    button.focus();
  }
  button.textContent = done ? "Copied" : "Select it by hand";
  told.textContent = done ? `Copied ${text}` : "The browser does not allow to copy";
  setTimeout(() => { button.textContent = "Copy"; told.textContent = ""; }, 2000);
}
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

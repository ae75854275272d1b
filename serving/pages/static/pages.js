// Makes pages quicker to use; everything works without it.
const NEXT = { auto: "light", light: "dark", dark: "auto" };

function themeButton() {
  const button = document.querySelector("#theme");
  const say = () => (button.textContent = `Theme: ${document.documentElement.dataset.theme || "auto"}`);
  button.addEventListener("click", () => {
    const next = NEXT[document.documentElement.dataset.theme || "auto"];
    if (next === "auto") {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem("theme");
    } else {
      document.documentElement.dataset.theme = next;
      localStorage.setItem("theme", next);
    }
    say();
  });
  say();
  button.hidden = false;
}

// Replaces what a form is about instead of loading the page again, and says what is shown now; an answer that comes
// after a newer question was asked is dropped.
const asked = {};
async function show(address, part) {
  asked[part] = address;
  history.replaceState({}, "", address);
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) return location.assign(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (asked[part] !== address) return;
  document.querySelector(part).replaceWith(page.querySelector(part));
  document.querySelector("#said").textContent = document.querySelector(`${part} [data-say]`)?.textContent ?? "";
}

function live(form) {
  // What another form of the page has set stays in the address.
  const address = () => {
    const place = new URL(form.action);
    place.search = location.search;
    for (const field of form.elements) if (field.name && field.type !== "hidden") place.searchParams.set(field.name, field.value);
    return place.pathname + place.search;
  };
  form.addEventListener("change", () => show(address(), form.dataset.live));
  form.addEventListener("input", (event) => {
    const output = event.target.parentElement.querySelector("output");
    if (output) output.textContent = event.target.value;
  });
}

// A country on the map opens its capital; its name and risk are shown while the pointer is on it.
function worldMap() {
  addEventListener("click", (event) => {
    const code = event.target.closest?.("svg.world [data-iso3]")?.dataset.iso3;
    if (code) location.assign(`/capitals/${code}`);
  });
  addEventListener("pointerover", (event) => {
    const place = event.target.closest?.("svg.world [data-iso3]");
    const readout = document.querySelector("#readout");
    if (place && readout) readout.textContent = place.querySelector("title").textContent;
  });
}

themeButton();
worldMap();
document.querySelectorAll("form[data-live]").forEach(live);

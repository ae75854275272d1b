// Progressive enhancement: every page works without it.
const NEXT = { auto: "light", light: "dark", dark: "auto" };

function themeButton() {
  const button = document.querySelector("#theme");
  const label = () => (button.textContent = `Theme: ${document.documentElement.dataset.theme || "auto"}`);
  button.addEventListener("click", () => {
    const next = NEXT[document.documentElement.dataset.theme || "auto"];
    if (next === "auto") {
      delete document.documentElement.dataset.theme;
      localStorage.removeItem("theme");
    } else {
      document.documentElement.dataset.theme = next;
      localStorage.setItem("theme", next);
    }
    label();
  });
  label();
  button.hidden = false;
}

// Replaces the part of the page that a form controls instead of loading the page again, and announces the new content;
// a response that arrives after a newer request is dropped.
const requested = {};
async function show(address, part) {
  requested[part] = address;
  history.replaceState({}, "", address);
  const response = await fetch(address, { headers: { accept: "text/html" } });
  if (!response.ok) return location.assign(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (requested[part] !== address) return;
  document.querySelector(part).replaceWith(page.querySelector(part));
  document.querySelector("#status").textContent = document.querySelector(`${part} [data-announce]`)?.textContent ?? "";
}

function live(form) {
  // Values set by the other forms of the page stay in the address.
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

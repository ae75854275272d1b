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

// Replaces the results under a filter instead of loading the page again.
async function show(address, push) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) return location.assign(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("#results").replaceWith(page.querySelector("#results"));
  document.querySelector("#said").textContent = document.querySelector("#results caption")?.textContent ?? "";
  if (push) history.pushState({}, "", address);
}

function filters(form) {
  form.addEventListener("change", () => show(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`, true));
  addEventListener("popstate", () => location.reload());
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
document.querySelectorAll("form.filter[data-live]").forEach(filters);

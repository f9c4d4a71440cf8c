// Enhancement only: every page works without this module. Keys, local times, countdown, live notice.

const main = document.querySelector("main");
const typing = (node) => node.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
const byKey = (key) => document.querySelector(`[data-key="${key}"]`);

function localTimes(root = document) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" });
  for (const node of root.querySelectorAll("time[datetime]:not([title])")) {
    const at = new Date(node.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    const name = zone.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";
    node.title = node.textContent;
    node.textContent = `${format.format(at)} ${name}`;
  }
}

// Keys. Letters do nothing while somebody types or holds a modifier; none of them decides by itself.
function openAsk(id) {
  const ask = document.getElementById(id);
  if (!ask) return false;
  ask.open = true;
  ask.querySelector("textarea")?.focus();
  return true;
}

function step(selector, by) {
  const stops = [...document.querySelectorAll(selector)];
  if (!stops.length) return;
  const at = stops.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.min(stops.length - 1, Math.max(0, at + by));
  stops[next].focus();
  stops[next].scrollIntoView({ block: "nearest" });
}

const keys = {
  a: () => byKey("a")?.focus(),
  e: () => byKey("e")?.click(),
  u: () => byKey("u")?.focus(),
  m: () => byKey("m")?.focus(),
  r: () => openAsk("ask-changes"),
  x: () => openAsk("ask-reject"),
  n: () => step("article.flag", 1),
  p: () => step("article.flag", -1),
  j: () => step(".rows a.row", 1),
  k: () => step(".rows a.row", -1),
  l: () => { if (document.querySelector(".review")) location.href = "/reviews"; },
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = target.closest?.("form");
    const send = form && (form.querySelector("button[name=choice]") ?? document.querySelector(`button[form="${form.id}"]`));
    if (send && typing(target)) { event.preventDefault(); send.click(); }
    return;
  }
  if (event.key === "Escape") {
    const ask = target.closest?.("details.ask");
    if (ask) { ask.open = false; ask.querySelector("summary").focus(); }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(target) || document.querySelector("dialog[open]")) return;
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) { event.preventDefault(); act(); }
});

// A reason typed for another answer holds the approval back, and says so.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const sender = event.submitter;
  if (form.id === "approve") {
    const unsent = [...document.querySelectorAll(".ask textarea")].find((area) => area.value.trim());
    if (unsent) {
      event.preventDefault();
      unsent.closest("details").open = true;
      unsent.focus();
      say("You typed a reason for another answer. Send it, or clear it and then approve.");
      return;
    }
  }
  const seconds = form.querySelector("[data-seconds]");
  if (seconds) seconds.value = String(Math.round(visible()));
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method === "post") {
    form.dataset.sent = "1";
    if (sender) setTimeout(() => sender.setAttribute("aria-disabled", "true"));
  }
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

let shown = 0;
let since = document.visibilityState === "visible" ? performance.now() : null;
const visible = () => (shown + (since === null ? 0 : performance.now() - since)) / 1000;
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") since = performance.now();
  else if (since !== null) { shown += performance.now() - since; since = null; }
});

function say(text) {
  const live = document.getElementById("live");
  if (!live) return;
  live.textContent = text;
  live.className = "banner wait live";
}

function countDown() {
  const timer = document.querySelector(".timer");
  if (!timer) return;
  const left = Math.max(0, Math.round((new Date(timer.dataset.until) - Date.now() + skew) / 1000));
  timer.textContent = left > 90 ? `${Math.round(left / 60)} min` : `${left} s`;
}

// Live: a small status is asked for every two seconds; the page is exchanged only when nothing was typed.
let skew = 0;
const typed = () => [...document.querySelectorAll("main textarea:not([readonly]), main input:not([type=hidden]), main select")]
  .some((node) => node.type === "radio" ? node.checked !== node.defaultChecked
    : node.tagName === "SELECT" ? [...node.options].some((option) => option.selected !== option.defaultSelected)
    : node.value !== node.defaultValue);

async function refresh() {
  const address = location.pathname + location.search;
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("main");
  if (!fresh) return;
  const focus = document.activeElement?.id;
  const opened = [...document.querySelectorAll("details[open]")].map((node) => node.className);
  document.querySelector("main").replaceWith(document.adoptNode(fresh));
  for (const node of fresh.querySelectorAll("details")) if (opened.includes(node.className) && !node.name) node.open = true;
  localTimes(fresh);
  if (focus) document.getElementById(focus)?.focus();
}

let told = "";
async function poll() {
  const now = document.querySelector("main[data-poll]");
  if (!now || document.visibilityState !== "visible") return;
  const answer = await fetch(now.dataset.poll, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const status = await answer.json();
  skew = Date.now() - new Date(status.now);
  if (status.version === now.dataset.version || status.version === told) return;
  told = status.version;
  if (typed() || now.classList.contains("editing")) {
    say(`${status.text} What you typed stays here.`);
    if (!status.open) for (const button of document.querySelectorAll(".bar button[name=choice]")) button.setAttribute("aria-disabled", "true");
    return;
  }
  await refresh();
  say(status.text);
}

localTimes();
if (main?.dataset.poll) {
  setInterval(countDown, 1000);
  setInterval(() => poll().catch(() => {}), 2000);
}

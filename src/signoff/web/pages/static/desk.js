// Enhancement only: every page works without this module.
//
// attach(root) gives one root its keys, flags, editing with preview, and what holds a decision back. The page's root is
// its body. A notebook card gives its own element, `send` to carry a form to the kernel, and `takesForms`, so that
// every form and every link goes that way too, and no key leaves the card.
//
// keys: false turns all keys off; {"a": "y", "x": ""} puts Approve on Y and turns the key of Reject off.

const ALL_KEYS = ["a", "r", "s", "x", "e", "d", "u", "m", "n", "p", "j", "k", "/", "g", "?"];
const TYPED = "textarea:not([readonly]), input:not([type=hidden]), select";

// English is the source; the page brings what its reader's language says instead.
const said = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const _ = (text, parts = {}) => (said[text] ?? text).replace(/%\((\w+)\)s/g, (part, name) => parts[name]);

const isTyping = (node) =>
  node.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

async function post(path, fields) {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
  return answer.ok && !answer.redirected ? answer.text() : null;
}

export function attach(root, { send = post, takesForms = false, keys = {} } = {}) {
  if (root.dataset.desk) return null;
  root.dataset.desk = "on";
  const over = new AbortController();
  const on = (type, act) => root.addEventListener(type, act, { signal: over.signal });
  const one = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const byId = (id) => one(`#${CSS.escape(id)}`);
  const focused = () => root.getRootNode().activeElement;

  function say(text, quietly = false) {
    const live = one("#live");
    if (!live) return;
    live.textContent = text;
    live.className = quietly ? "sr" : "banner wait live";
  }

  function hold(event, node, text) {
    event.preventDefault();
    const ask = node.closest("details");
    if (ask) ask.open = true;
    node.focus();
    say(text);
  }

  // Keys. Letters do nothing while somebody types or holds a modifier; none of them decides by itself.
  const unticked = () => one(".margin .ack input:not(:checked)");
  const pressed = keys ? Object.fromEntries(ALL_KEYS.map((key) => [keys[key] ?? key, key])) : {};
  delete pressed[""];

  const gate = () => one(".approve")?.setAttribute("aria-describedby", unticked() ? "gate" : "");

  function step(stops, by) {
    if (!stops.length) return;
    const at = stops.indexOf(focused());
    const next = at < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.min(stops.length - 1, Math.max(0, at + by));
    stops[next].focus();
    (stops[next].closest("article") ?? stops[next]).scrollIntoView({ block: "nearest" });
  }

  function use(key) {
    const node = one(`[data-key="${key}"]`);
    if (node?.matches("details")) {
      node.open = true;
      node.querySelector("textarea").focus();
    } else if (node?.matches("a")) node.click();
    else node?.focus();
    return Boolean(node);
  }

  const flags = (by) => step(all("article.flag").map((flag) => flag.querySelector(".ack input") ?? flag), by);
  const rows = (key, by) => { if (!use(key)) step(all(".rows a.row"), by); };
  let leader = 0;
  const acts = {
    a: () => { const first = one(".approve") && unticked(); if (first) { first.focus(); say(_("Tick this flag first."), true); } else use("a"); },
    n: () => flags(1),
    p: () => flags(-1),
    j: () => rows("j", 1),
    k: () => rows("k", -1),
    d: () => { const diff = one("#diff") ?? one(".edits"); if (diff?.matches("details")) diff.open = !diff.open; else if (diff) diff.hidden = !diff.hidden; },
    g: () => { leader = Date.now(); },
    "/": () => { const search = one("input[type=search]"); if (search) search.focus(); else location.href = "/reviews#search"; },
    "?": () => one("#keys")?.showModal(),
  };
  if (takesForms) { delete acts.g; delete acts["/"]; } // a card leads nowhere else

  function onKey(event) {
    const { target } = event;
    if (takesForms) event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && isTyping(target)) {
      const form = target.form;
      const button = form?.querySelector("button[name=choice]") ?? (form?.id && one(`.bar button[form="${form.id}"]`));
      if (button) { event.preventDefault(); button.click(); }
      return;
    }
    if (event.key === "Escape") {
      const ask = target.closest?.("details.ask");
      if (ask) { ask.open = false; ask.querySelector("summary").focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(target) || one("dialog[open]")) return;
    const given = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (given === "i" && Date.now() - leader < 1500) { location.href = "/reviews"; return; }
    const key = pressed[given];
    if (!key) return;
    event.preventDefault();
    (acts[key] ?? use)(key);
  }

  // Editing: what changed and what the checks say, a moment after each change.
  let waiting = 0;
  let asked = 0;
  async function preview(button = null) {
    const form = one("#edit");
    const mine = ++asked;
    const html = await send(form.getAttribute("action").replace(/decide$/, "preview"), [...new FormData(form, button)]);
    if (html === null || mine !== asked) return;
    const ticked = new Set(all(".ack :checked").map((box) => box.name));
    for (const part of [...new DOMParser().parseFromString(html, "text/html").body.children]) {
      const old = part.id && byId(part.id);
      if (!old) continue;
      if (part.matches("textarea")) {
        old.value = part.value;
        old.dispatchEvent(new Event("change", { bubbles: true }));
        continue;
      }
      const focus = old.contains(focused()) && focused().id;
      old.replaceWith(root.ownerDocument.adoptNode(part));
      if (focus) byId(focus)?.focus();
    }
    for (const box of all(".ack input")) box.checked ||= ticked.has(box.name);
    dress();
    say(one("#flags h2").textContent, true);
  }

  on("input", (event) => {
    if (!event.target.closest("#edit")) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => preview().catch(() => {}), 250);
  });
  on("change", (event) => {
    if (!event.target.closest(".ack")) return;
    for (const box of all(".ack input")) if (box.name === event.target.name) box.checked = event.target.checked;
    gate();
  });
  on("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.fill) {
      const area = button.form.querySelector("textarea");
      area.value = [area.value.trimEnd(), button.dataset.fill].filter(Boolean).join("\n");
      area.focus();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (button?.matches("[data-copy]")) {
      navigator.clipboard.writeText(button.previousElementSibling.querySelector("textarea").value).then(() => { button.textContent = _("Copied"); });
    }
  });

  // A card leads nowhere else: a link goes to a place in it, or is drawn by the kernel.
  function follow(event) {
    const link = event.target.closest("a[href]");
    if (!link) return;
    event.preventDefault();
    const address = link.getAttribute("href");
    if (!address.startsWith("#")) { carry(address, []); return; }
    const place = byId(address.slice(1));
    place?.closest("details")?.setAttribute("open", "");
    place?.focus();
    place?.scrollIntoView({ block: "nearest" });
  }
  const carry = (address, fields, form = null) =>
    send(address, fields).catch((error) => { delete form?.dataset.sent; say(error.message); });
  if (takesForms) on("click", follow);

  // What holds an approval back, and says so.
  on("submit", (event) => {
    const { target: form, submitter: by } = event;
    if (by?.matches(".approve")) {
      const flag = unticked();
      const unsent = all(".ask textarea, .comment textarea").find((area) => area.form !== form && area.value.trim());
      const edit = one("[data-unsent]");
      if (flag) return hold(event, flag, _("Tick each high flag once you have checked it; then approve."));
      if (unsent?.id === "comment") return hold(event, unsent, _("You wrote a comment. Add it, or clear it and then approve."));
      if (unsent) return hold(event, unsent, _("You typed a reason for another answer. Send it, or clear it and then approve."));
      if (edit) return hold(event, edit, _("You have an edit that was not sent. Go on with it, or drop it and then approve."));
    }
    if (by?.name === "use" && form.id === "edit") { event.preventDefault(); preview(by).catch(() => {}); return; }
    if (form.method !== "post") return;
    if (!takesForms && !navigator.onLine) return hold(event, by ?? form, _("You are offline. What you typed is kept here; send it when you are back."));
    const seconds = form.querySelector("[data-seconds]");
    if (seconds) seconds.value = String(Math.round(visible()));
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    if (takesForms) {
      event.preventDefault();
      carry(by?.getAttribute("formaction") ?? form.getAttribute("action"), [...new FormData(form, by)], form);
    } else if (by) setTimeout(() => by.setAttribute("aria-disabled", "true"));
  });
  on("keydown", onKey);

  // The settling window: counted silently, said 15, 5 and 1 minute before its end, and early enough to act.
  const MARKS = [900, 300, 60, 20];
  let told = null;
  function countDown() {
    const timer = one(".timer");
    if (!timer) { told = null; return; }
    const left = Math.max(0, Math.round((new Date(timer.dataset.until) - Date.now() + Number(root.dataset.skew ?? 0)) / 1000));
    timer.textContent = left > 90 ? _("%(n)s min", { n: Math.round(left / 60) }) : _("%(n)s s", { n: left });
    const passed = MARKS.filter((mark) => left <= mark).length;
    const isNews = told === null ? passed === MARKS.length : passed > told;
    told = passed;
    if (isNews && left > 0) {
      const when = left > 90 ? _("%(n)s minutes until it is final.", { n: Math.round(left / 60) }) : _("%(n)s seconds until it is final.", { n: left });
      say(when + (one('[data-key="m"]') ? " " + _("One more minute is the key M.") : ""), true);
    }
  }
  const clock = setInterval(countDown, 1000);

  function dress() {
    for (const node of all(".chips, [data-copy]")) node.hidden = false;
    for (const node of all("kbd[data-k]")) {
      const key = keys ? keys[node.dataset.k] ?? node.dataset.k : "";
      node.textContent = key.toUpperCase();
      node.hidden = !key;
      node.closest("[aria-keyshortcuts]")?.setAttribute("aria-keyshortcuts", key);
    }
    gate();
  }
  dress();
  return { say, preview, dress, detach: () => { over.abort(); clearInterval(clock); delete root.dataset.desk; } };
}

// How long the page was in sight.
let shown = 0;
let since = document.visibilityState === "visible" ? performance.now() : null;
const visible = () => (shown + (since === null ? 0 : performance.now() - since)) / 1000;
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") since = performance.now();
  else if (since !== null) { shown += performance.now() - since; since = null; }
});

// The page keeps what somebody types until it is recorded: over a lost session, a reload, a fallen connection.
const main = () => document.querySelector("main[data-review]");
const isChanged = (node) =>
  node.type === "radio" || node.type === "checkbox" ? node.checked !== node.defaultChecked
    : node.tagName === "SELECT" ? [...node.options].some((option) => option.selected !== option.defaultSelected)
    : node.value !== node.defaultValue;
const typed = () => [...main().querySelectorAll(TYPED)].filter(isChanged);
const isBox = (node) => node.type === "radio" || node.type === "checkbox";

function keepTyped(desk) {
  const page = main();
  const name = `typed ${page.dataset.review}`;
  const seen = page.querySelector("[name=seen]")?.value;
  const isAgain = location.pathname !== page.dataset.review;
  const drop = () => sessionStorage.removeItem(name);

  const save = (sent) => {
    const nodes = [...main().querySelectorAll(TYPED)].filter((node) => node.id && (isChanged(node) || (isAgain && node.value && !isBox(node))));
    if (!nodes.length) { drop(); return; }
    const values = Object.fromEntries(nodes.map((node) => [node.id, isBox(node) ? node.checked : node.value]));
    sessionStorage.setItem(name, JSON.stringify({ values, seen, sent, version: page.dataset.version }));
  };

  const kept = JSON.parse(sessionStorage.getItem(name) ?? "null");
  const cameBack = document.referrer && new URL(document.referrer).pathname.startsWith("/sign-in");
  if (kept?.sent && kept.version !== page.dataset.version && !cameBack) drop();
  else if (kept && !isAgain) restore(kept);

  function restore({ values, seen: before }) {
    const lost = [];
    for (const [id, value] of Object.entries(values)) {
      const node = document.getElementById(id);
      if (typeof value === "boolean") { if (node && before === seen) node.checked = value; }
      else if (!node) lost.push([id, value]);
      else if (!isChanged(node)) {
        node.value = value;
        if (node.closest("details") && value) node.closest("details").open = true;
      }
    }
    if (lost.length) offer(lost);
    if (document.getElementById("edit")) desk.preview().catch(() => {});
  }

  function offer(lost) {
    const edit = lost.some(([id]) => id.startsWith("field-")) && page.querySelector('[data-key="e"]');
    const box = document.createElement("section");
    box.className = "banner wait";
    box.innerHTML = edit
      ? '<p><strong></strong> <a data-unsent></a> <button type="button" class="plain"></button></p>'
      : "<p><strong></strong> <span></span></p>";
    const [told, act, end] = box.querySelectorAll("strong, a, span, button");
    if (edit) {
      told.textContent = _("You have an edit that was not sent.");
      Object.assign(act, { href: edit.href, textContent: _("Go on with it") });
      end.textContent = _("Drop it");
      end.onclick = () => { drop(); box.remove(); };
    } else {
      told.textContent = _("What you typed before was not recorded.");
      act.textContent = _("It is kept here:");
    }
    if (!edit) for (const [, value] of lost) {
      const label = document.createElement("label");
      label.className = "kept";
      label.append(Object.assign(document.createElement("textarea"), { readOnly: true, rows: 3, value }));
      box.append(label);
    }
    document.getElementById("notices").append(box);
  }

  document.addEventListener("input", () => save(false));
  document.addEventListener("change", () => save(false));
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) save(true); });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-drop]")) drop(); });
}

// News: the server says when the review changed; where it cannot, the page asks every two seconds.
function listen(desk) {
  let told = "";
  let source = null;
  let asks = 0;

  async function ask() {
    const page = main();
    if (!page || document.visibilityState !== "visible") return;
    const answer = await fetch(`${page.dataset.review}/status`, { headers: { Accept: "application/json" } });
    if (answer.redirected) { desk.say(_("Your session is over. Sign in again; what you typed is kept.")); return; }
    if (!answer.ok) return;
    const status = await answer.json();
    document.body.dataset.skew = Date.now() - new Date(status.now);
    if (status.version === page.dataset.version || status.version === told) return;
    told = status.version;
    if (typed().length || page.classList.contains("editing")) {
      desk.say([status.text, _("What you typed stays here.")].join(" "));
      if (!status.open) for (const button of document.querySelectorAll(".bar button[name=choice]")) button.setAttribute("aria-disabled", "true");
      return;
    }
    await refresh();
    desk.say(status.text);
  }

  async function refresh() {
    const answer = await fetch(main().dataset.review, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main[data-review]");
    if (!fresh) return;
    const focus = document.activeElement?.id;
    const opened = [...document.querySelectorAll("details[open]:not([name])")].map((node) => node.className);
    main().replaceWith(document.adoptNode(fresh));
    for (const node of fresh.querySelectorAll("details:not([name])")) node.open ||= opened.includes(node.className);
    desk.dress();
    (document.getElementById(focus) ?? fresh.querySelector("[autofocus]"))?.focus();
  }

  // Others see who has a review open, unless it is only glanced at; it lapses once the page says nothing more.
  const names = (node) => node.textContent.replace(/ \([^)]*\)/g, "");
  async function look() {
    const before = document.getElementById("looking");
    if (!before || document.visibilityState !== "visible") return;
    const html = await post(`${main().dataset.review}/look`, [["csrf", document.querySelector("[name=csrf]").value]]);
    const after = html && new DOMParser().parseFromString(html, "text/html").getElementById("looking");
    if (!after || !before.isConnected) return;
    before.replaceWith(document.adoptNode(after));
    if (after.textContent && names(after) !== names(before)) desk.say(names(after), true);
  }
  const looking = () => look().catch(() => {});
  setTimeout(looking, 1500);
  setInterval(looking, 30_000);

  const asking = () => ask().catch(() => {});
  function connect() {
    source?.close();
    source = null;
    if (document.visibilityState !== "visible") return; // a browser opens few connections at a time
    asking();
    source = new EventSource(`${main().dataset.review}/events`);
    source.onmessage = (event) => { if (JSON.parse(event.data) !== main().dataset.version) asking(); };
  }
  connect();
  document.addEventListener("visibilitychange", connect);
  setInterval(() => { if (source?.readyState !== EventSource.OPEN || ++asks % 15 === 0) asking(); }, 2000);
}

const body = document.body;
const desk = body?.matches(".signoff") && attach(body, { keys: JSON.parse(body.dataset.keys ?? "{}") });
if (desk) {
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
  if (location.hash === "#search") document.querySelector("input[type=search]")?.focus();
  if (main()) { keepTyped(desk); listen(desk); }
}

// The card in a cell. It is drawn by the kernel, and every form goes back there; attach() of desk.js does the rest.
//
// A shadow root keeps two cards of one notebook, and the notebook itself, apart: ids, names and styles end at it.

let sent = 0;
const BUSY_AFTER = 1500;

function wires(model) {
  const waiting = new Map();
  const answered = ({ id, html, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(error));
    else resolve?.(html);
  };
  model.on("msg:custom", answered);
  const send = (path, fields) => new Promise((resolve, reject) => {
    const id = ++sent;
    waiting.set(id, { resolve, reject });
    model.send({ id, path, fields });
  });
  return { send, isWaiting: () => waiting.size > 0, cut: () => model.off("msg:custom", answered) };
}

// JupyterLab says on the body which theme it wears; elsewhere the card follows the system.
function wear(root) {
  const paint = () => {
    const isLight = document.body.dataset.jpThemeLight;
    if (isLight) root.dataset.theme = isLight === "true" ? "light" : "dark";
    else delete root.dataset.theme;
  };
  paint();
  const seen = new MutationObserver(paint);
  seen.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  return () => seen.disconnect();
}

function render({ model, el }) {
  const host = document.createElement("div");
  host.dataset.lmSuppressShortcuts = "true"; // how JupyterLab is told that keys pressed in here are none of its own
  const tree = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = model.get("css");
  const root = document.createElement("section");
  root.className = "signoff signoff-card";
  root.tabIndex = 0;
  root.setAttribute("aria-label", "Review");
  tree.append(style, root);
  el.append(host);

  const { send, isWaiting, cut } = wires(model);
  let desk = null;

  function draw() {
    const focus = tree.activeElement;
    const opened = [...root.querySelectorAll("details[open]:not([name])")].map((node) => node.className);
    root.innerHTML = model.get("html");
    const sheet = root.querySelector("[data-now]");
    root.dataset.skew = Date.now() - new Date(sheet.dataset.now);
    for (const node of root.querySelectorAll("details:not([name])")) node.open ||= opened.includes(node.className);
    if (desk) desk.dress();
    else desk = attach(root, { send: patiently, takesForms: true, keys: JSON.parse(sheet.dataset.keys ?? "{}") });
    if (!focus) return;
    const same = focus.id && root.querySelector(`#${CSS.escape(focus.id)}`);
    (root.querySelector("[autofocus]") || same || root).focus();
    const news = root.querySelector("#settling, #outcome");
    if (news) desk.say(news.innerText, true);
  }

  function patiently(path, fields) {
    setTimeout(() => { if (isWaiting()) desk.say("The kernel is busy; your answer waits for it."); }, BUSY_AFTER);
    return send(path, fields);
  }

  draw();
  model.on("change:html", draw);
  const bare = wear(root);
  return () => { model.off("change:html", draw); cut(); bare(); desk.detach(); };
}

export default { render };

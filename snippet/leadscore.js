// leadscore's snippet for web sites.
//
//   <script async src="https://HOST/js/leadscore.js" data-write-key="…"></script>
//
// Attributes of the script tag: data-consent="required" (nothing is sent or stored before consent("granted")),
// data-pages="manual" (no automatic page views), data-forms, data-downloads, data-outbound (opt in to tracking these).
// Before the script has loaded, commands can be queued:
//
//   window.leadscore = window.leadscore || [];
//   leadscore.push(["track", "Signed Up", { plan: "pro" }]);
//
// No cookies. Where the browser sends Global Privacy Control, nothing is sent or stored, whatever the page says.

import { anonymousId, describePage, forgetVisitor, makeCall } from "./calls.js";
import * as forms from "./forms.js";
import * as links from "./links.js";
import * as navigation from "./navigation.js";
import * as queue from "./queue.js";
import { safely } from "./safely.js";
import * as store from "./store.js";

const script = document.currentScript || document.querySelector("script[data-write-key]");
const { writeKey, consent: policy, pages } = script ? script.dataset : {};

let consented = null; // true, false, or null while the visitor has not been asked
let here = describePage(document.referrer);

const commands = {
  /** The visitor did something. */
  track(event, properties) {
    send("track", { event, properties });
  },

  /** Who the visitor is: identify(userId, traits), or identify(traits) alone. */
  identify(user, traits) {
    if (user && typeof user === "object") [user, traits] = [undefined, user];
    if (user || user === 0) store.set("user", String(user));
    send("identify", { traits });
  },

  /** The company that the visitor belongs to. */
  group(groupId, traits) {
    send("group", { groupId, traits });
  },

  /** A page was viewed: page(), page(properties) or page(name, properties). */
  page(name, properties) {
    if (typeof name === "object") [name, properties] = [undefined, name];
    here = describePage(here.referrer);
    send("page", { name, properties: { ...here, name, ...properties } });
  },

  /** The visitor has signed out: whoever comes next is somebody else. */
  reset() {
    forgetVisitor();
  },

  /** The visitor's answer: "granted" or "denied". Denied forgets all, the answer included: give it on every page. */
  consent(answer) {
    if (answer === "denied") {
      deny();
      store.announceDenial();
    } else if (answer === "granted" && !navigator.globalPrivacyControl && !consented) grant();
  },

  /** The visitor's id as long as they are unknown, for calls from a server. */
  anonymousId() {
    return consented === false ? undefined : anonymousId();
  },
};

function send(type, fields) {
  if (consented !== false) queue.add(makeCall(type, fields, here));
}

function grant() {
  const refused = consented === false;
  consented = true;
  store.open();
  if (policy === "required") store.set("consent", "granted");
  queue.start(new URL("/v1/batch", script.src).href, writeKey);
  if (refused && pages !== "manual") commands.page(); // what they look at, from now on
}

function deny() {
  consented = false;
  queue.stop();
  store.wipe();
}

/** Whether the visitor agreed on an earlier page. */
function agreedBefore() {
  store.open();
  const agreed = store.get("consent") === "granted";
  if (!agreed) store.close();
  return agreed;
}

/** The browser shows the page again as it was when the visitor left it; they may have taken their consent back since. */
function returned() {
  if (consented && policy === "required" && store.get("consent") !== "granted") deny();
  else if (pages !== "manual") commands.page();
}

function arrived() {
  here = describePage(here.url);
  commands.page();
}

/** One command, as a list of its name and arguments. The page goes on whatever is wrong with it. */
const run = safely(([name, ...given]) => commands[name](...given));

const isAnswer = (command) => Boolean(command) && command[0] === "consent";

function begin() {
  const early = Array.isArray(window.leadscore) ? window.leadscore : [];
  window.leadscore = { push: (...lists) => lists.forEach((list) => run(list)) };
  for (const name of Object.keys(commands)) window.leadscore[name] = (...given) => run([name, ...given]);

  if (navigator.globalPrivacyControl) deny();
  else if (policy !== "required" || agreedBefore()) grant();
  early.filter(isAnswer).forEach((command) => run(command));
  if (pages !== "manual") run(["page"]);
  early.filter((command) => !isAnswer(command)).forEach((command) => run(command));
  watch();
}

function watch() {
  if (pages !== "manual") navigation.watch(arrived);
  const wants = (what) => script.hasAttribute("data-" + what);
  const sender = (event) => (properties) => {
    run(["track", event, properties]);
    queue.flush();
  };
  if (wants("forms")) forms.watch(sendForm);
  if (wants("downloads") || wants("outbound")) {
    links.watch(wants("downloads") && sender("File Downloaded"), wants("outbound") && sender("Outbound Link Clicked"));
  }
  store.onDenial(safely(deny));
  addEventListener("online", safely(queue.retry));
  addEventListener("pagehide", leave);
  addEventListener("pageshow", safely(({ persisted }) => persisted && returned()));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
}

function sendForm(properties, traits) {
  if (traits) run(["identify", traits]);
  run(["track", "Form Submitted", properties]);
  queue.flush();
}

const leave = safely(() => {
  navigation.settle();
  queue.leave();
});

const loaded = window.leadscore && !Array.isArray(window.leadscore);
if (!writeKey || !script.src) console.warn("leadscore: nothing is tracked, the script tag needs src and data-write-key");
else if (!loaded) {
  if (document.prerendering) document.addEventListener("prerenderingchange", safely(begin), { once: true });
  else safely(begin)();
}

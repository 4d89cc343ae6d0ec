// Tells of clicks on links that leave the site and on links to files.

import { masked } from "./masking.js";
import { safely } from "./safely.js";

const FILE = /\.(?:pdf|docx?|xlsx?|pptx?|csv|txt|rtf|zip|gz|7z|rar|dmg|exe|msi|pkg|apk|mp3|mp4|mov|epub)$/i;

/** Calls `downloaded` or `left` with the properties of a link that is followed; either may be null. */
export function watch(downloaded, left) {
  const clicked = safely((event) => {
    const link = event.composedPath().find((node) => node.matches && node.matches("a[href]")); // shadow trees included
    if (!link || event.button > 1) return;
    const { href, hostname, pathname, protocol } = link;
    if (!/^https?:$/.test(protocol)) return;
    const properties = { url: masked(href), text: link.textContent.trim().slice(0, 200) };
    if (link.hasAttribute("download") || FILE.test(pathname)) {
      if (downloaded) downloaded({ ...properties, file: pathname.split("/").pop() });
    } else if (left && hostname !== location.hostname) left(properties);
  });
  addEventListener("click", clicked, true);
  addEventListener("auxclick", clicked, true); // the middle button opens a new tab
}

// @ts-check
// The HTML of an answer, made safe: nothing in it runs, and nothing in it is loaded from elsewhere.

/** Of these an answer may be made; other tags are shown as the text they are. */
export const TAGS = (
  "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins "
  + "kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr"
).split(" ");
const ATTRIBUTES = "align alt class colspan dir href lang open rowspan scope src start title".split(" ");
const CLASSES = /^(language-[\w+#-]{1,32}|maths|citation)$/;
const LINKS = new Set(["http:", "https:", "mailto:"]);
const PICTURES = /^data:image\/(png|jpeg|gif|webp);base64,/i;

/**
 * @param {typeof import("../../vendor/markdown.js").DOMPurify} DOMPurify
 * @param {string[]} imagePaths of this origin, from which images may come
 * @returns {(html: string) => DocumentFragment}
 */
export function createSanitiser(DOMPurify, imagePaths) {
  const purify = DOMPurify(window);
  // Before the nodes reach this document, where an image would be loaded at once.
  purify.addHook("beforeSanitizeAttributes", (node) => {
    if (node.nodeName !== "IMG") return;
    const source = /** @type {Element} */ (node).getAttribute("src") ?? "";
    if (!mayLoad(source, imagePaths)) /** @type {Element} */ (node).replaceWith(insteadOf(/** @type {Element} */ (node), source));
  });
  purify.addHook("uponSanitizeAttribute", (node, data) => {
    if (data.attrName === "class") data.attrValue = data.attrValue.split(/\s+/).filter((one) => CLASSES.test(one)).join(" ");
    if (data.attrName === "src") data.keepAttr = node.nodeName === "IMG" && mayLoad(data.attrValue, imagePaths);
    if (data.attrName === "href") data.keepAttr = node.nodeName === "A" && addressOf(data.attrValue) !== undefined;
  });
  return (html) => {
    const fragment = purify.sanitize(html, {
      ALLOWED_TAGS: TAGS, ALLOWED_ATTR: ATTRIBUTES, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false,
      ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|blob:|data:image\/|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i, RETURN_DOM_FRAGMENT: true,
    });
    for (const link of fragment.querySelectorAll("a[href]")) markLink(/** @type {HTMLAnchorElement} */ (link));
    return fragment;
  };
}

/** @param {string} text @returns {URL | undefined} where a link may lead */
function addressOf(text) {
  if (!URL.canParse(text, location.href)) return undefined;
  const address = new URL(text, location.href);
  return LINKS.has(address.protocol) ? address : undefined;
}

/** @param {string} source @param {string[]} paths */
function mayLoad(source, paths) {
  if (PICTURES.test(source)) return true;
  if (!URL.canParse(source, location.href)) return false;
  const address = new URL(source, location.href);
  if (address.protocol === "blob:") return address.origin === location.origin;
  return address.origin === location.origin && paths.some((path) => address.pathname.startsWith(path));
}

/** @param {Element} image @param {string} source @returns {Node} its description, as a link to where it is */
function insteadOf(image, source) {
  const address = addressOf(source);
  const text = image.getAttribute("alt")?.trim() || address?.pathname.split("/").at(-1) || "…";
  if (!address || address.protocol === "mailto:") return image.ownerDocument.createTextNode(text);
  const link = image.ownerDocument.createElement("a");
  link.setAttribute("href", address.href);
  link.textContent = text;
  return link;
}

/** A link to another site opens beside this one and shows the host it leads to. @param {HTMLAnchorElement} link */
function markLink(link) {
  const address = new URL(link.href);
  if (address.origin === location.origin || address.protocol === "mailto:") return;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  if (URL.canParse(link.textContent.trim()) && new URL(link.textContent.trim()).host === address.host) return;
  const host = document.createElement("span");
  host.className = "link-host";
  host.dir = "ltr";
  host.textContent = address.host;
  link.append(" ", host);
}

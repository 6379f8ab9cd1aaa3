// @ts-check
// The tokens as colours that a canvas takes, and a sign when they change.

/**
 * @param {Element} near the tokens that hold at this element
 * @param {string} name of a custom property, such as "--series-1"
 * @returns {string} `rgb(...)`
 */
export function colourOf(near, name) {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `var(${name})`;
  near.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** @param {Element} near @returns {string[]} the colours of series, in their order */
export const seriesColours = (near) => [1, 2, 3, 4, 5, 6].map((number) => colourOf(near, `--series-${number}`));

/** @param {string} colour `rgb(r, g, b)` @param {number} alpha 0 to 1 */
export const faded = (colour, alpha) => colour.replace(/^rgba?\(([^,]+,[^,]+,[^,)]+).*\)$/, `rgba($1, ${alpha})`);

/**
 * @param {() => void} changed called when the theme changes
 * @returns {() => void} ends it
 */
export function onThemeChange(changed) {
  const watcher = new MutationObserver(changed);
  watcher.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  return () => {
    watcher.disconnect();
    system.removeEventListener("change", changed);
  };
}

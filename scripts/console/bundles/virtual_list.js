/** Which rows of a long list are to be drawn. */
export {
  Virtualizer, elementScroll, measureElement, observeElementOffset, observeElementRect,
} from "@tanstack/virtual-core";

/** The view: Preact with its hooks, signals, and `html` for templates without a build step. */
import { h } from "preact";
import htm from "htm";

export { Component, Fragment, cloneElement, createContext, createRef, h, render, toChildArray } from "preact";
export * from "preact/hooks";
export {
  Signal, batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect,
} from "@preact/signals";

/** @type {(strings: TemplateStringsArray, ...values: any[]) => import("preact").VNode<any>} */
export const html = /** @type {any} */ (htm.bind(h));

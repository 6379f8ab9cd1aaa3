// @ts-check
// How often a saved query runs by itself.

import { duration } from "../../../components/format.js";
import { say } from "../../../shell/words.js";

const CHOICES = [300, 900, 3600, 21_600, 86_400, 604_800];

/** A schedule in words. @param {number | null | undefined} seconds */
export function scheduleText(seconds) {
  if (!seconds) return say("data.no-schedule");
  if (seconds % 604_800 === 0) return say("data.every-weeks", seconds / 604_800);
  if (seconds % 86_400 === 0) return say("data.every-days", seconds / 86_400);
  if (seconds % 3600 === 0) return say("data.every-hours", seconds / 3600);
  if (seconds % 60 === 0) return say("data.every-minutes", seconds / 60);
  return say("data.every", duration(seconds));
}

/** The choices of a form, with the one there is. @param {number | null | undefined} current */
export const scheduleChoices = (current) => ["", ...[...new Set([...CHOICES, ...(current ? [current] : [])])].sort((a, b) => a - b).map(String)]
  .map((one) => ({ id: one, title: scheduleText(Number(one)) }));

// @ts-check
// What an API call can fail with: a problem (RFC 9457) as the services describe it, or no answer at all.

/** An API call that failed. `status` is 0 if no answer came; `kind` is the last part of the problem's type. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{type?: string, title?: string, detail?: string, request_id?: string}} problem
   * @param {string} requestId
   */
  constructor(status, problem, requestId) {
    super(problem.detail || problem.title || `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.kind = (problem.type ?? "").split(/[:/]/).pop() ?? "";
    this.requestId = problem.request_id ?? requestId;
    this.problem = problem;
  }
}

/** @param {unknown} error */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

/**
 * The error that an answer stands for.
 * @param {Response} answer
 */
export async function errorOf(answer) {
  const problem = await answer.json().catch(() => ({ title: answer.statusText }));
  return new ApiError(answer.status, problem, answer.headers.get("x-request-id") ?? "");
}

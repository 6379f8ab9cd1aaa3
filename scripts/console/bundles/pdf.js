/** Pages of PDF files. The worker, character maps and fonts lie beside it. */
export { AbortException, GlobalWorkerOptions, TextLayer, getDocument } from "pdfjs-dist";

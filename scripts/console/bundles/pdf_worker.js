/** Reads PDF files off the page's thread. */
import "pdfjs-dist/build/pdf.worker.mjs";

/**
 * Bundles what `bundles/` names into the console's `vendor/`: a module a file, its style sheet beside it, types that lead
 * back to the entry, the licences of every package inside, and the hash of every file. Usage: node bundle.mjs FOLDER
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { copied } from "./copied.mjs";
import { patches } from "./patches.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const shipped = resolve(here, "../../src/aistack/console/static/vendor");
const target = resolve(process.argv[2] ?? shipped);
const BANNER = "/* Bundled by scripts/vendor: do not edit. Licences: LICENCES.txt. */";

const entries = (await readdir(join(here, "bundles"))).filter((name) => name.endsWith(".js")).sort();
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: entries.map((name) => `bundles/${name}`),
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  platform: "browser",
  charset: "utf8",
  legalComments: "none",
  banner: { js: BANNER, css: BANNER },
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [patches],
  metafile: true,
  logLevel: "warning",
});

for (const name of entries) {
  const source = relative(shipped, join(here, "bundles", name)).split(sep).join("/");
  await write(name.replace(/\.js$/, ".d.ts"), `export * from "${source}";\n`);
}
const packages = new Set(Object.keys(metafile.inputs).map(packageOf).filter(Boolean));
for (const { from, to } of await copied(here)) {
  packages.add(packageOf(relative(here, from)));
  await write(to, await readFile(from));
}
await write("LICENCES.txt", await licences([...packages].sort()));
await write("hashes.txt", await hashes());

/** @param {string} name @param {string | Uint8Array} content */
async function write(name, content) {
  const path = join(target, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

/** The folder of the package that holds the file at `path`, or "" for our own. @param {string} path */
function packageOf(path) {
  return path.split(sep).join("/").match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? "";
}

/** @param {string[]} folders */
async function licences(folders) {
  const parts = [];
  for (const folder of folders) {
    const about = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const names = (await readdir(join(here, folder))).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(here, folder, name), "utf8")));
    const terms = typeof about.license === "string" ? about.license : about.license?.type;
    const text = texts.map((one) => one.replaceAll("\r\n", "\n").trim()).join("\n\n") || author(about);
    parts.push(`${about.name} ${about.version} (${terms})\n\n${text}\n`);
  }
  return parts.join(`\n${"-".repeat(80)}\n\n`);
}

/** What stands for the text of a licence in a package that brings none. @param {any} about */
function author(about) {
  const name = typeof about.author === "string" ? about.author : about.author?.name;
  return `Copyright (c) ${name ?? "the contributors"}. Terms: ${about.license}.`;
}

async function hashes() {
  const names = (await readdir(target, { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile())
    .map((one) => relative(target, join(one.parentPath, one.name)).split(sep).join("/"))
    .sort();
  const lines = [];
  for (const name of names) {
    const digest = createHash("sha256").update(await readFile(join(target, name))).digest("hex");
    lines.push(`${digest}  ${name}\n`);
  }
  return lines.join("");
}

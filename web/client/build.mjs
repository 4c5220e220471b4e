// Builds the client: every island and the stylesheet, named by their content, into web/static.
//
//   web/client/<island>/index.ts   -> web/static/<island>-HASH.js, with shared and lazy chunks beside it
//   web/client/styles/main.scss    -> web/static/main-HASH.css
//   web/client/images/*            -> web/static/<name>-HASH.<ext>
//
// web/static/manifest.json maps plain names to hashed ones and is written last, so a server that reads it
// while a build is running finds every file it names. Text is compressed here once (.gz and .br beside it).
// web/static/weight.json says what each island costs a reader: gzipped bytes of the file and of all it imports,
// without what it loads later.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import * as esbuild from "esbuild";
import * as sass from "sass";

const client = dirname(fileURLToPath(import.meta.url));
const root = join(client, "..", "..");
const output = join(root, "web", "static");
const compressible = new Set([".css", ".js", ".svg"]);

/** @returns {Promise<string[]>} the names in a folder, none when there is no folder */
async function namesIn(folder) {
  return (await readdir(folder).catch(() => [])).sort();
}

/** @returns {Promise<boolean>} */
async function exists(path) {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** @returns {string} the name with eight characters of the content's digest before the extension */
function hashed(name, content) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const extension = extname(name);
  return `${basename(name, extension)}-${digest}${extension}`;
}

/** Bundles the islands; returns plain name -> hashed name, every file written, and what imports what. */
async function buildIslands() {
  const entryPoints = {};
  for (const island of await namesIn(client)) {
    const source = join(client, island, "index.ts");
    if (await exists(source)) entryPoints[island] = source;
  }
  if (Object.keys(entryPoints).length === 0) return { names: {}, files: [], imports: {} };
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir: output,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: true,
    sourcemap: true,
    legalComments: "linked",
    define: { "process.env.NODE_ENV": '"production"' },
    metafile: true,
    logLevel: "warning",
  });
  const names = {};
  const files = [];
  const imports = {};
  for (const [path, { entryPoint, imports: imported }] of Object.entries(metafile.outputs)) {
    files.push(basename(path));
    imports[basename(path)] = imported
      .filter(({ kind }) => kind === "import-statement")
      .map((target) => basename(target.path));
    if (entryPoint && extname(path) === ".js") {
      const island = basename(dirname(entryPoint));
      if (island in entryPoints && entryPoint === relative(root, entryPoints[island])) {
        names[`${island}.js`] = basename(path);
      }
    }
  }
  return { names, files, imports };
}

/** @returns {Set<string>} the file and everything it imports at once */
function closure(file, imports, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const imported of imports[file] ?? []) closure(imported, imports, seen);
  return seen;
}

/** Compiles the one stylesheet; returns as buildIslands does. */
async function buildStyles() {
  const source = join(client, "styles", "main.scss");
  if (!(await exists(source))) return { names: {}, files: [] };
  const { css } = sass.compile(source, {
    loadPaths: [join(root, "node_modules")],
    style: "compressed",
    quietDeps: true,
  });
  const name = hashed("main.css", css);
  await writeFile(join(output, name), css);
  return { names: { "main.css": name }, files: [name] };
}

/** Copies the images under hashed names; returns as buildIslands does. */
async function copyImages() {
  const names = {};
  for (const image of await namesIn(join(client, "images"))) {
    const content = await readFile(join(client, "images", image));
    names[image] = hashed(image, content);
    await writeFile(join(output, names[image]), content);
  }
  return { names, files: Object.values(names) };
}

/** Writes .gz and .br beside a file; returns its gzipped size in bytes. */
async function compress(file) {
  const content = await readFile(join(output, file));
  const zipped = await promisify(gzip)(content, { level: 9 });
  const brotli = await promisify(brotliCompress)(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  });
  await writeFile(join(output, `${file}.gz`), zipped);
  await writeFile(join(output, `${file}.br`), brotli);
  return zipped.length;
}

/** Writes JSON so that a reader sees the old or the new, never half. */
async function publish(name, content) {
  const written = join(output, `.${process.pid}-${name}`);
  await writeFile(written, `${JSON.stringify(content, null, 2)}\n`);
  await rename(written, join(output, name));
}

await mkdir(output, { recursive: true });
const islands = await buildIslands();
const parts = [islands, await buildStyles(), await copyImages()];
const manifest = Object.assign({}, ...parts.map((part) => part.names));
const kept = new Set(["manifest.json", "weight.json"]);
const zipped = {};
for (const file of parts.flatMap((part) => part.files)) {
  kept.add(file);
  if (!compressible.has(extname(file))) continue;
  zipped[file] = await compress(file);
  kept.add(`${file}.gz`).add(`${file}.br`);
}
const weight = {};
for (const [name, file] of Object.entries(manifest)) {
  if (!(file in zipped)) continue;
  const files = [...closure(file, islands.imports)];
  weight[name] = files.reduce((sum, imported) => sum + zipped[imported], 0);
  console.log(`${name.padEnd(32)} ${(weight[name] / 1024).toFixed(1).padStart(7)} KiB gzipped`);
}
await publish("weight.json", weight);
await publish("manifest.json", manifest);
for (const file of await namesIn(output)) {
  if (!kept.has(file) && !file.startsWith("."))
    await rm(join(output, file), { recursive: true, force: true });
}

// Builds the client: every island and the stylesheet, named by their content, into web/static.
//
//   web/client/<island>/index.ts   -> web/static/<island>-HASH.js, with shared and lazy chunks beside it
//   web/client/styles/main.scss    -> web/static/main-HASH.css
//   web/client/images/*            -> web/static/<name>-HASH.<ext>
//
// web/static/manifest.json maps plain names to hashed ones and is written last, so a server that reads it
// while a build is running finds every file it names. Text is compressed here once (.gz and .br beside it).

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
const compressible = new Set([".css", ".js", ".json", ".svg"]);

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

/** Bundles the islands; returns plain name -> hashed name, and every file that was written. */
async function buildIslands() {
  const entryPoints = {};
  for (const island of await namesIn(client)) {
    const source = join(client, island, "index.ts");
    if (await exists(source)) entryPoints[island] = source;
  }
  if (Object.keys(entryPoints).length === 0) return { names: {}, files: [] };
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
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    files.push(basename(path));
    if (entryPoint && extname(path) === ".js") {
      const island = basename(dirname(entryPoint));
      if (island in entryPoints && entryPoint === relative(root, entryPoints[island])) {
        names[`${island}.js`] = basename(path);
      }
    }
  }
  return { names, files };
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

await mkdir(output, { recursive: true });
const parts = [await buildIslands(), await buildStyles(), await copyImages()];
const manifest = Object.assign({}, ...parts.map((part) => part.names));
const kept = new Set(["manifest.json", ...parts.flatMap((part) => part.files)]);
for (const file of [...kept]) {
  if (!compressible.has(extname(file)) || file === "manifest.json") continue;
  const zippedSize = await compress(file);
  kept.add(`${file}.gz`).add(`${file}.br`);
  console.log(`${file.padEnd(48)} ${(zippedSize / 1024).toFixed(1).padStart(7)} KiB gzipped`);
}
const written = join(output, `.manifest-${process.pid}.json`);
await writeFile(written, `${JSON.stringify(manifest, null, 2)}\n`);
await rename(written, join(output, "manifest.json"));
for (const file of await namesIn(output)) {
  if (!kept.has(file)) await rm(join(output, file), { recursive: true, force: true });
}

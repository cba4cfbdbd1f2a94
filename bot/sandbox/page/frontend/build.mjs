// Builds ../static from src. The result depends on the sources and the lock only, so that a test can compare it.
import { build } from "esbuild";
import { copyFile, mkdir, rm } from "node:fs/promises";

const target = process.argv[2] ?? "../static";

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
await build({
  entryPoints: { app: "src/main.jsx", style: "src/style/style.css" },
  outdir: target,
  bundle: true,
  splitting: true, // the editor is a file of its own, loaded when its panel is opened first
  chunkNames: "[name]",
  format: "esm",
  target: ["chrome123", "firefox121", "safari17.5"],
  minify: true,
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
});
await copyFile("src/index.html", `${target}/index.html`);
await copyFile("src/icon.svg", `${target}/icon.svg`);

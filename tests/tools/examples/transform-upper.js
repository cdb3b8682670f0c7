#!/usr/bin/env node
// Capital letters, in Node: [steps.transform-upper] foreach = "work/validated/data/**/*.txt"
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const from = path.join("work", "validated", "data");
const to = path.join("work", "transformed");

function transform(file) {
  const name = path.relative(from, file);
  const out = path.join(to, name);
  try {
    const text = fs.readFileSync(file, "utf8");
    if (text === "") throw new Error("is empty");
    fs.mkdirSync(path.dirname(out), { recursive: true });
    fs.writeFileSync(`${out}.new`, text.toUpperCase());
    fs.renameSync(`${out}.new`, out); // first the file under its name, then its row
    console.log(`| ${name} | 0 |`);
  } catch (error) {
    console.log(`${name}: ${error.message}`);
    console.log(`| ${name} | 1 |`);
    process.exitCode = 1;
  }
}

process.argv.slice(2).forEach(transform);

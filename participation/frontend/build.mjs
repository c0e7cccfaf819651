// Builds the one stylesheet of the pages, with its fonts, from open packages only.
//
//     node build.mjs FOLDER [TOKENS.css]
//
// Into FOLDER go leidraad.css, admin.css, favicon.svg and fonts/. TOKENS.css takes the place of ./tokens.css: a
// municipality's own colours. A package under another licence than those below is refused, so that nobody
// has to find out afterwards; so is a custom property in our own files that nothing defines.

import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const THEME = '@nl-design-system-unstable/voorbeeld-design-tokens';
const FONT = '@fontsource/noto-sans';
const LICENCES = { [FONT]: 'OFL-1.1' };
const COMPONENTS = 'EUPL-1.2';
// Our own, in the order of the cascade; leidraad.css has the styles of single packages.
const OWN = ['layout.css', 'frame.css', 'parts.css', 'forms.css', 'leidraad.css', 'print.css'];
const FONT_WEIGHTS = [400, 700];
const FONT_SUBSETS = ['latin', 'latin-ext'];

const inPackage = (name, ...path) => join(HERE, 'node_modules', name, ...path);
const text = (file) => readFileSync(file, 'utf8');

/** Returns name@version of an installed package. Throws where its licence is not the one expected. */
function credit(name) {
  const { version, license } = JSON.parse(text(inPackage(name, 'package.json')));
  const expected = LICENCES[name] ?? COMPONENTS;
  if (license !== expected) {
    throw new Error(`${name}@${version} is licensed ${license}, not ${expected}: it cannot be part of the look`);
  }
  return `${name}@${version}`;
}

/** Returns the components among the packages that package.json names: those whose name ends in -css. */
function components() {
  const { devDependencies } = JSON.parse(text(join(HERE, 'package.json')));
  // The page itself comes before what stands on it: components are more specific.
  const first = ['@utrecht/root-css', '@utrecht/document-css'];
  const rest = Object.keys(devDependencies).filter((name) => name.endsWith('-css') && !first.includes(name));
  return [...first, ...rest];
}

function componentCss(name) {
  const short = name.split('/')[1].replace(/-css$/, '');
  const candidates = readdirSync(inPackage(name, 'dist'));
  const file = [`${short}.css`, 'index.css'].find((candidate) => candidates.includes(candidate));
  if (!file) throw new Error(`${name} has no stylesheet in dist/: is it a component?`);
  return text(inPackage(name, 'dist', file));
}

/** Returns the rules for the font, for the subsets that Dutch texts and names need, with local files. */
function fontCss() {
  const wanted = new RegExp(`noto-sans-(${FONT_SUBSETS.join('|')})-\\d+-normal\\.woff2`);
  return FONT_WEIGHTS.flatMap((weight) => text(inPackage(FONT, `${weight}.css`)).match(/@font-face\s*{[^}]*}/g))
    .filter((face) => wanted.test(face))
    .map((face) => face.replace(/src:[^;]*;/, `src: url("fonts/${face.match(wanted)[0]}") format("woff2");`))
    .join('\n');
}

const declared = (css) => [...css.matchAll(/(?<![\w-])(--[\w-]+)\s*:/g)].map((match) => match[1]);
const used = (css) => [...css.matchAll(/var\(\s*(--[\w-]+)/g)].map((match) => match[1]);

/** Returns the tokens of the theme that the rest asks for, directly or through another token. */
function shaken(theme, rest) {
  const tokens = new Map([...theme.matchAll(/^\s*(--[\w-]+)\s*:\s*([^;]*);/gm)].map((match) => [match[1], match[2]]));
  const kept = new Set();
  const waiting = used(rest);
  while (waiting.length) {
    const name = waiting.pop();
    if (kept.has(name) || !tokens.has(name)) continue;
    kept.add(name);
    waiting.push(...used(tokens.get(name)));
  }
  return [...tokens].filter(([name]) => kept.has(name)).map(([name, value]) => `${name}:${value}`);
}

const compact = (css) =>
  css
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .replace(/ ?([{};,]) ?/g, '$1')
    .replace(/;}/g, '}')
    .replaceAll('}', '}\n');

function refuseUndefined(file, own, all) {
  const known = new Set(declared(all));
  const missing = [...new Set(used(own))].filter((name) => !known.has(name));
  if (missing.length) throw new Error(`${file} uses what nothing defines: ${missing.join(', ')}`);
}

const [out, ownTokens = join(HERE, 'tokens.css')] = process.argv.slice(2);
if (!out) throw new Error('usage: node build.mjs FOLDER [TOKENS.css]');

const names = components();
const credits = [THEME, FONT, ...names].map(credit);
const theme = text(inPackage(THEME, 'dist', 'theme.css'));
const tokens = text(resolve(ownTokens));
const layout = OWN.map((file) => text(join(HERE, file))).join('\n');
const parts = names.map(componentCss).join('\n');
refuseUndefined(ownTokens, tokens, theme + tokens);
refuseUndefined('our own stylesheet', layout, theme + tokens + parts + layout);

const css = `.leidraad-theme{${shaken(theme, parts + tokens + layout).join(';')}}\n`;
rmSync(out, { recursive: true, force: true });
mkdirSync(join(out, 'fonts'), { recursive: true });
writeFileSync(
  join(out, 'leidraad.css'),
  `/* EUPL-1.2. Made by participation/frontend/build.mjs from ${credits.join(', ')} */\n` +
    compact([fontCss(), css, parts, tokens, layout].join('\n')),
);
for (const subset of FONT_SUBSETS) {
  for (const weight of FONT_WEIGHTS) {
    const file = `noto-sans-${subset}-${weight}-normal.woff2`;
    cpSync(inPackage(FONT, 'files', file), join(out, 'fonts', file));
  }
}
cpSync(inPackage(FONT, 'LICENSE'), join(out, 'fonts', 'OFL.txt'));
cpSync(join(HERE, 'admin.css'), join(out, 'admin.css'));
cpSync(join(HERE, 'favicon.svg'), join(out, 'favicon.svg'));
cpSync(join(HERE, 'chevron.svg'), join(out, 'chevron.svg'));

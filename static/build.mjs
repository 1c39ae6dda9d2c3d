// Bundles the few third-party modules the dashboard imports into
// static/vendor/. Our own code has no build. Both Preact and its signals must
// come from one bundle, or their hooks would belong to two different copies.
import { build } from 'esbuild';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, 'vendor');

const exported = `
export { h, render, Fragment, createContext } from 'preact';
export { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback,
	useId } from 'preact/hooks';
export { signal, computed, effect, batch, untracked, useSignal, useComputed,
	useSignalEffect } from '@preact/signals';
`;

await mkdir(out, { recursive: true });
await build({
	stdin: {
		contents: `${exported}
import { h } from 'preact';
import htm from 'htm';
export const html = htm.bind(h);
`,
		resolveDir: here,
	},
	bundle: true,
	format: 'esm',
	minify: true,
	target: 'es2022',
	legalComments: 'inline',
	outfile: join(out, 'preact.js'),
});
// What the type checker reads in place of the minified file.
await writeFile(join(out, 'preact.d.ts'), `${exported}
import type { VNode } from 'preact';
export type { VNode, ComponentChildren, RefObject } from 'preact';
export type { Signal, ReadonlySignal } from '@preact/signals';
export const html: (strings: TemplateStringsArray, ...values: any[]) => VNode;
`);

// What the tests stand on: the pages on an origin of their own, one browser, and requests from outside it.
// API_URL is midair with its base path, PAGE_PORT the port of the pages; midair lets in http://127.0.0.1:PAGE_PORT.
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {dirname, extname, join, normalize, sep} from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const example = join(here, '..', '..', '..', 'examples', 'restangular');
const types = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8'};
const limit = 20000; // milliseconds that any single wait may take

export const api = process.env.API_URL;
export const port = Number(process.env.PAGE_PORT);
// The same pages; midair lets in the first origin alone.
export const origin = `http://127.0.0.1:${port}`;
export const stranger = `http://localhost:${port}`;

if (!api || !port)
  throw new Error('API_URL and PAGE_PORT are not set: run tests/wire/test_restangular_browser.py');

function locate(path) {
  if (path === '/')
    return join(here, 'page', 'index.html');
  const file = normalize(path);
  if (file.startsWith(`${sep}node_modules${sep}`))
    return join(here, file);
  if (file.startsWith(`${sep}example${sep}node_modules${sep}`))
    return join(here, file.slice('/example'.length));
  if (file.startsWith(`${sep}example${sep}`))
    return join(example, file.slice('/example'.length));
  return join(here, 'page', file);
}

function serve(request, response) {
  const {pathname} = new URL(request.url, origin);
  try {
    const content = pathname === '/config.js' ? `window.API = ${JSON.stringify(api)};` : readFileSync(locate(pathname));
    response.writeHead(200, {'Content-Type': types[extname(locate(pathname))] ?? 'application/octet-stream'});
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

// The browser of Debian. As root it has no sandbox; the other switches keep it from calling home.
function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  });
}

// Everything up; the result opens pages and puts everything away.
export async function begin() {
  const server = createServer(serve);
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const browser = await launch();
  return {
    // A page in a browser context of its own: cookies, caches and connections apart from those of the others.
    async open(path = '/', from = origin) {
      const context = await browser.newContext();
      context.setDefaultTimeout(limit);
      const page = await context.newPage();
      page.failures = [];
      page.on('pageerror', (error) => page.failures.push(String(error)));
      await page.goto(from + path);
      return page;
    },
    async end() {
      await browser.close();
      server.closeAllConnections?.();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ask(method, path, {body, ...headers} = {}) {
  const response = await fetch(api + path, {
    method,
    headers: body === undefined ? headers : {'Content-Type': 'application/json', ...headers},
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return {status: response.status, tag: response.headers.get('etag'), data: text ? JSON.parse(text) : undefined};
}

// Requests of other programs, from outside the browser.
export const outside = {
  ask,
  // Waits until a date stands for the state of a row: not before the second in which it was written is over.
  async dated(path) {
    for (const end = Date.now() + limit; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50)))
      if ((await fetch(api + path, {method: 'HEAD'})).headers.get('last-modified'))
        return;
    throw new Error(`${path} has no Last-Modified`);
  },
  read: async (path) => (await ask('GET', path)).data,
  create: async (path, body) => (await ask('POST', path, {body})).data,
  // A change by somebody else, whatever is there.
  change: (path, body) => ask('PATCH', path, {body, 'If-Match': '*'}),
};

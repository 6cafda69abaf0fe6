// Pages of a folder on an origin of their own (PAGE_PORT), and one browser.
import {existsSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {extname, join, normalize} from 'node:path';
import {chromium} from 'playwright-core';

const port = Number(process.env.PAGE_PORT);
const types = {'.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8'};

export async function begin(root) {
  const server = createServer(({url}, response) => {
    const path = new URL(url, 'http://page').pathname;
    if (path === '/')
      return response.writeHead(200, {'Content-Type': 'text/html'}).end('<!doctype html><title>empty</title>');
    const file = join(root, normalize(path));
    if (!existsSync(file))
      return response.writeHead(404).end();
    return response.writeHead(200, {'Content-Type': types[extname(file)] ?? 'application/octet-stream'}).end(readFileSync(file));
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  // The browser of Debian. As root it has no sandbox; the other switches keep it from calling home.
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-dev-shm-usage'],
  });
  return {
    // A page in a browser context of its own.
    async open(path = '/') {
      const page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(60000);
      await page.goto(`http://127.0.0.1:${port}${path}`);
      return page;
    },
    async end() {
      await browser.close();
      server.closeAllConnections?.();
      server.close();
    },
  };
}

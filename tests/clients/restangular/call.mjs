// Runs a function in the page of the tests, with what a controller has at hand, and sees what goes over the wire.

const names = (headers) => ({match: headers['if-match'], noneMatch: headers['if-none-match']});

// The requests of a page to midair from now on: {method, path, match, noneMatch, status}, preflights left out.
// What the page was told is here only some moments later: await settled(wire) before looking.
export function watch(page, api) {
  const wire = [];
  wire.open = new Set();
  page.on('request', (request) => wire.open.add(request));
  page.on('requestfailed', (request) => wire.open.delete(request));
  page.on('response', (response) => {
    const request = response.request();
    wire.open.delete(request);
    if (!request.url().startsWith(api) || request.method() === 'OPTIONS')
      return;
    wire.push({method: request.method(), path: request.url().slice(api.length), ...names(request.headers()),
      status: response.status()});
  });
  return wire;
}

export async function settled(wire) {
  for (let turn = 0; wire.open.size > 0 && turn < 500; turn++)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

// Calls `steps` in the page with {Restangular, its, plain, refusal}: `its` is a copy of what is given here, plain(x)
// makes a Restangular object one that can come back from the page, refusal(promise) gives {status, data, tag} of the
// error that is expected. AngularJS notices calls from outside its digest by itself.
export function call(page, steps, its) {
  return page.evaluate(async ([source, given]) => {
    const Restangular = window.angular.element(document.body).injector().get('Restangular');
    const plain = (element) => ({...element.plain(), etag: element.etag});
    const refusal = (promise) => promise.then(
      () => { throw new Error('this should have been refused'); },
      (answer) => ({status: answer.status, data: answer.data, tag: answer.headers('ETag')}));
    // A string, because functions do not travel; the pages have no content security policy against it.
    const run = (0, eval)(`(${source})`);
    return run({Restangular, its: given, plain, refusal});
  }, [String(steps), its]);
}

// What the documentation says is true: its links lead somewhere, its settings are the settings, its requests work.
import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, Scratch } from './command.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });
const textOf = (page: string) => readFileSync(join(ROOT, page), 'utf8');

describe('every page', () => {
  it.each(pages)('%s links to what is there', (page) => {
    const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
    const broken = links.filter((to) => {
      if (/^https?:/.test(to)) return false;
      const [path = '', anchor] = to.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the settings', () => {
  it('are all in docs/operate/settings.md, and no others', () => {
    const names = (text: string) =>
      new Set(text.match(/\b(PORT|HOST|DATABASE_URL|SWITCHYARD_[A-Z_]+)\b/g));
    const table = textOf('docs/operate/settings.md').match(/^\| `.*?\|/gm) ?? [];
    expect(names(table.join('\n'))).toEqual(names(textOf('src/config.ts')));
  });
});

describe('requests that readers paste', () => {
  const scratch = new Scratch();
  const env: Record<string, string> = {};
  let url = '';

  beforeAll(async () => {
    const server = scratch.run(['start'], {
      PORT: String(await freePort()),
      SWITCHYARD_DATA_DIR: join(scratch.dir, 'data'),
    });
    [, url = ''] = await server.printed(/Switchyard listens on (\S+)/);
    const [key = ''] = await server.printed(/pfk_test_\S+/);
    const [secret = ''] = await server.printed(/sec_\w+/);
    Object.assign(env, { PATH: process.env.PATH, NO_PROXY: '*', no_proxy: '*', KEY: key });
    env.SECRET = secret;
    const [, id = '', clientSecret = ''] = await server.printed(/Formance client (\S+)\s+(\S+)/);
    Object.assign(env, { CLIENT_ID: id, CLIENT_SECRET: clientSecret });
  });
  afterAll(() => scratch.clean());

  /** As a shell runs it, but a refused request fails. What a reader fills in is taken from `env`. */
  async function paste(block: string): Promise<string> {
    const script = block.replaceAll('http://127.0.0.1:8081', url).replaceAll(/^\w+=\S*…$/gm, '');
    const curl = 'curl() { command curl --fail-with-body "$@"; echo; }';
    const { stdout } = await promisify(execFile)('bash', ['-euc', `${curl}\n${script}`], { env });
    for (const [, id = ''] of stdout.matchAll(/"id":"(pay_\w+)"/g)) env.PAYMENT = id;
    const [, page] = /"next_action":\{"type":"redirect","url":"([^"]+)"/.exec(stdout) ?? [];
    if (page !== undefined) env.PAGE = page;
    const [, psp] = /"id":"(psp_\w+)"/.exec(stdout) ?? [];
    if (psp !== undefined) env.PSP = psp;
    return stdout;
  }

  const blocksOf = (page: string) =>
    [...textOf(page).matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
      .map(([, block = '']) => block)
      .filter((block) => block.includes('curl') && !block.includes('admin-token'));

  it("README's first payment, paid and partly given back", async () => {
    const [first, second, ...others] = blocksOf('README.md');
    expect(others).toEqual([]);
    expect(await paste(first!)).toContain('"status":"requires_action"');
    const pay = await paste(
      `curl -sS -o /dev/null -w '%{redirect_url}' -d outcome=success "$PAGE"`,
    );
    await paste(`curl -sS -o /dev/null '${pay.trim()}'`);
    const answers = await paste(second!);
    expect(answers).toContain('"status":"succeeded"');
    expect(answers).toContain('"amount":1500');
    expect(answers).toContain('"story":["');
  });

  it.each([
    ['docs/api/reevit.md'],
    ['docs/api/connxt.md'],
    ['docs/api/formance.md'],
    ['docs/connectors/README.md'],
  ])('%s', async (page) => {
    const blocks = blocksOf(page);
    expect(blocks.length).toBeGreaterThan(1);
    // A page that was answered before has no buttons any more.
    await paste(blocksOf('README.md')[0]!);
    for (const block of blocks) await paste(block);
  });
});

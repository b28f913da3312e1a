import { afterEach, describe, expect, it } from 'vitest';
import { freePort, Scratch } from './command.ts';

let scratch: Scratch;
afterEach(() => scratch.clean());

describe('switchyard demo', () => {
  it('--exit: everything happens, is told, and leaves nothing behind', async () => {
    scratch = new Scratch();
    const { status, stdout, stderr } = await scratch.run(['demo', '--exit'], {
      TMPDIR: scratch.dir,
    }).ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const told of [
      /paystack declined \(do_not_honor\)/,
      /stripe +requires_action/,
      /-> https:\/\/shop\.example\/thanks\?payment_id=pay_/,
      /checkout\.session\.completed: signature verified, applied/,
      /50\.00 GHS, succeeded/,
      /reply at paystack \(attempt 1\)/,
      /paystack: charged 0\.00 GHS/,
      /stripe: +charged 200\.00 GHS, refunded 50\.00 GHS/,
    ])
      expect(stdout).toMatch(told);
  }, 120_000);

  it.each([
    [
      'KE',
      [
        /Enter your M-PESA PIN on the phone/,
        /KES 2500\.00\? +Refuse \| Accept/,
        /stk\.success: unsigned/,
      ],
    ],
    ['GH', [/Dial \*170#/, /GHS 200\.00\? +Refuse \| Accept/, /payment\.success: unsigned/]],
    ['NG', [/Transfer exactly NGN 25000/, /SUCCESSFUL_TRANSACTION/]],
  ])(
    '--country %s --exit: a payment the way people pay there',
    async (country, tellings) => {
      scratch = new Scratch();
      const words = ['demo', '--country', country, '--exit'];
      const { status, stdout, stderr } = await scratch.run(words, { TMPDIR: scratch.dir }).ended;
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      for (const told of [...tellings, /theirs: charged .*, refunded /, /Everything happened/])
        expect(stdout).toMatch(told);
    },
    120_000,
  );

  it('stays up without --exit, and ends at a signal', async () => {
    scratch = new Scratch();
    const demo = scratch.run(['demo', '--country', 'ng'], { TMPDIR: scratch.dir });
    const [, url] = await demo.printed(/curl -s (http:\/\/[^/]+)\/v1\/payments/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await demo.signal('SIGINT')).toMatchObject({ status: 0 });
  }, 120_000);

  it('says what is missing, with status 1, when the server does not do it', async () => {
    scratch = new Scratch();
    const server = scratch.run(['start'], {
      PORT: String(await freePort()),
      SWITCHYARD_DATA_DIR: `${scratch.dir}/data`,
      // Nobody is there: no payment page, no webhook.
      SWITCHYARD_PROVIDER_URLS: '{"stripe":"http://127.0.0.1:9","paystack":"http://127.0.0.1:9"}',
    });
    const [, url = ''] = await server.printed(/Switchyard listens on (\S+)/);
    const [key = ''] = await server.printed(/pfk_test_\S+/);
    const { status, stdout } = await scratch.run(['demo', '--exit', '--url', url, '--key', key])
      .ended;
    expect(status).toBe(1);
    expect(stdout).toMatch(/Not as it should be: /);
    expect(stdout).not.toContain('Everything happened');
  }, 120_000);

  it.each([
    [['--url', 'nowhere'], /--url must be the URL/],
    [['--url', 'http://127.0.0.1:9'], /--url needs --key/],
    [['--country', 'XX'], /It is one of KE,GH,NG/],
  ])('refuses %j', async (words, message) => {
    scratch = new Scratch();
    const { status, stderr } = await scratch.run(['demo', ...words]).ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
  });
});

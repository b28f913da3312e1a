import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import type { MadeOrganization } from '../flows/organization/create.ts';
import { welcome } from './welcome.ts';

const server = { url: 'http://127.0.0.1:8081' };
const keys = (mode: string) => ({
  reevitApiKey: `pfk_${mode}_1.x`,
  connxtSecretToken: `sec_${mode}`,
  formanceClient: { clientId: `key_${mode}`, clientSecret: `secret_${mode}` },
});
const made = {
  organization: { id: 'org_1' },
  keys: [keys('test'), keys('live')],
} as unknown as MadeOrganization;

describe('what the start tells', () => {
  it('shows every key of the first organization, and where the admin token lies', () => {
    const text = welcome(server, readConfig({ SWITCHYARD_DATA_DIR: '/d' }), made);
    for (const part of ['org_1', 'pfk_test_1.x', 'pfk_live_1.x', 'sec_test', 'sec_live'])
      expect(text).toContain(part);
    expect(text).toContain('/d/admin-token');
    expect(text).toContain('simulated: no money moves');
  });

  it('never shows the admin token, wherever it comes from', () => {
    const config = readConfig({ SWITCHYARD_ADMIN_TOKEN: 'very-secret-token' });
    expect(welcome(server, config, made)).not.toContain('very-secret-token');
  });

  it('names the public URL, which is the one that others use', () => {
    const config = readConfig({ SWITCHYARD_PUBLIC_URL: 'https://pay.example.com' });
    expect(welcome(server, config, made)).toContain('curl https://pay.example.com/v1/connections');
  });

  it('does not promise simulators when the PSPs themselves are asked', () => {
    const text = welcome(server, readConfig({ SWITCHYARD_SANDBOX: 'provider' }), made);
    expect(text).not.toContain('simulated');
    expect(text).toContain('sk_test_yours');
  });

  it('is short on later starts', () => {
    const text = welcome(server, readConfig({}), null);
    expect(text.trim().split('\n')).toHaveLength(2);
  });
});

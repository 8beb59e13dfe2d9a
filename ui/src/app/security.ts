import { setNonce } from 'get-nonce';

interface TrustedTypesFactory {
  createPolicy(name: string, rules: { createHTML(text: string): string }): unknown;
}

/**
 * The one-response nonce that the server wrote into the page. Mantine and the scroll lock of its dialogs put
 * <style> elements into the page; without the nonce the Content-Security-Policy would drop them.
 */
export function readNonce(): string {
  const tag = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]');
  return tag?.content ?? '';
}

/**
 * The policy requires Trusted Types. Mantine fills its <style> elements through innerHTML; text without "<" cannot
 * become an element, so only such text passes. Everything else is refused, whoever tries.
 */
export function admitOnlyPlainText(): void {
  const factory = (window as { trustedTypes?: TrustedTypesFactory }).trustedTypes;
  factory?.createPolicy('default', {
    createHTML: (text) => {
      if (text.includes('<')) throw new TypeError('markup from text is refused');
      return text;
    },
  });
}

export function prepareDocument(): string {
  const nonce = readNonce();
  setNonce(nonce);
  admitOnlyPlainText();
  return nonce;
}

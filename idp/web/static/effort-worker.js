// Looks for a number that makes SHA-256 of "ticket:number" begin with so many zero bits; says it, and ends.
const AT_ONCE = 512;
const encoder = new TextEncoder();
const zeros = (digest) => {
  const first = new DataView(digest).getUint32(0);
  return Math.clz32(first);
};
onmessage = async ({ data: [ticket, bits] }) => {
  const digest = (number) => crypto.subtle.digest("SHA-256", encoder.encode(`${ticket}:${number}`));
  for (let from = 0; ; from += AT_ONCE) {
    const digests = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => digest(from + n)));
    const found = digests.findIndex((one) => zeros(one) >= bits);
    if (found >= 0) {
      postMessage(String(from + found));
      close();
      return;
    }
  }
};

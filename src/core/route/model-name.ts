// A model's full name, `provider/model`. The names of a cloud's models may contain further slashes.

/** Empty for a name without a provider. */
export function providerOf(model: string): string {
  return model.slice(0, Math.max(0, model.indexOf('/')));
}

export function withoutProvider(model: string): string {
  return model.slice(model.indexOf('/') + 1);
}

// Takes what `uploads.download` gives. Through a blob: browsers refuse to download data URLs of more than two megabytes.
async (file) => {
  const { url, name } = JSON.parse(file);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await (await fetch(url)).blob());
  link.download = name;
  link.click();
}

// Feeds the progress bar of the shell in index.html while trunk's script
// fetches the program, and says so when that fails. The app removes #shell.
export default function loader() {
  const root = document.documentElement;
  const bar = document.querySelector("#shell .shell-progress");

  const show = (part) => {
    bar?.style.setProperty("--progress", part);
    bar?.setAttribute("aria-valuenow", Math.round(part * 100));
  };
  const fail = () => {
    root.dataset.boot = "failed";
  };

  return {
    onStart() {
      // A download that breaks off half-way surfaces only here.
      addEventListener("unhandledrejection", fail);
      show(0.08);
    },
    // `current` and `total` are sizes of the program unpacked.
    onProgress({ current, total }) {
      show(0.08 + 0.87 * Math.min(1, current / total));
    },
    onComplete() {
      removeEventListener("unhandledrejection", fail);
    },
    onSuccess() {
      show(1);
    },
    onFailure(reason) {
      console.error(reason);
      fail();
    },
  };
}

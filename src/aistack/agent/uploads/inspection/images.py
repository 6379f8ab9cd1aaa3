"""Images are decoded and written again, so that only pixels are kept: no metadata, no appended data, no scripts."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aistack.agent.uploads.inspection.file_types import RefusedFile

if TYPE_CHECKING:
    from PIL.Image import Image

FRAMES_MAX = 200
JPEG_QUALITY = 92
DECODERS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")


def rewrite_image(source: Path, target: Path, pixels_max: int) -> dict[str, Any]:
    """Writes the image at `source` again: JPEG stays JPEG, animations stay GIF or WebP, all others become PNG.

    Returns its `media_type`, `width`, `height`, `colours` (the most frequent ones, as #rrggbb). Raises RefusedFile if
    it is damaged or has more than `pixels_max` pixels in all frames.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # checked below, before anything is decoded
    try:
        with Image.open(source, formats=DECODERS) as opened:
            frames = min(getattr(opened, "n_frames", 1), FRAMES_MAX)
            if opened.width * opened.height * frames > pixels_max:
                raise RefusedFile(
                    f"the image has {opened.width} x {opened.height} pixels"
                    + (f" in {frames} frames" if frames > 1 else "")
                    + f"; at most {pixels_max} pixels are allowed"
                )
            if frames > 1 and opened.format in ("GIF", "WEBP"):
                return _animation(opened, target, frames)
            is_jpeg = opened.format == "JPEG"
            upright = ImageOps.exif_transpose(opened)
            plain = upright.convert("RGB" if is_jpeg else "RGBA" if upright.has_transparency_data else "RGB")
            clean = Image.new(plain.mode, plain.size)
            clean.paste(plain)
            clean.save(target, "JPEG" if is_jpeg else "PNG", **({"quality": JPEG_QUALITY} if is_jpeg else {}))
            return _described(clean, "image/jpeg" if is_jpeg else "image/png")
    except RefusedFile:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise RefusedFile(f"the image is damaged or cut off ({error})") from None


def _animation(opened: "Image", target: Path, frames: int) -> dict[str, Any]:
    def rewritten() -> "Iterator[Image]":
        from PIL import Image

        for at in range(frames):
            opened.seek(at)
            frame = opened.convert("RGBA")
            clean = Image.new("RGBA", frame.size)
            clean.paste(frame)
            clean.info["duration"] = opened.info.get("duration", 100)
            yield clean

    pictures = list(rewritten())
    kind = str(opened.format)
    durations = [one.info["duration"] for one in pictures]
    pictures[0].save(target, kind, save_all=True, append_images=pictures[1:], duration=durations, loop=0)
    return {**_described(pictures[0], f"image/{kind.lower()}"), "frames": frames}


def _described(image: "Image", media_type: str) -> dict[str, Any]:
    small = image.convert("RGB").resize((32, 32)).quantize(4).convert("RGB")
    found: Any = small.getcolors() or []
    colours = [f"#{red:02x}{green:02x}{blue:02x}" for _, (red, green, blue) in sorted(found, reverse=True)[:4]]
    return {"media_type": media_type, "width": image.width, "height": image.height, "colours": colours}

"""Sends messages over all channels."""

from pydantic import TypeAdapter

from aistack.chassis.errors import InvalidInput
from aistack.chassis.web.public_web import FetchFailed, PublicWeb
from aistack.trend.delivery.channels import Refused, Unsure
from aistack.trend.delivery.mail import MARKUP, PER_MINUTE, Mail
from aistack.trend.delivery.messages import Markup, Message
from aistack.trend.delivery.vendors import HTTP_CHANNELS
from aistack.trend.delivery.wire import Address, EmailAddress

ADDRESSES: TypeAdapter[Address] = TypeAdapter(Address)
TEMPORARY = (408, 409, 423, 425, 429)
WAIT_SECONDS_MAX = 86_400.0


class Senders:
    def __init__(self, web: PublicWeb, mail: Mail, seconds_max: float) -> None:
        self._web = web
        self._seconds_max = seconds_max
        self.mail = mail

    async def send(self, address: Address, message: Message) -> None:
        """Raises Refused, or Unsure when it is unknown whether the message arrived."""
        if isinstance(address, EmailAddress):
            await self.mail.send(address, message, self._seconds_max)
            return
        channel = HTTP_CHANNELS[address.channel]
        request = channel.request(address, message)
        try:
            response, body = await self._web.post(request.url, request.content, request.headers, self._seconds_max)
        except InvalidInput as error:
            raise Refused(str(error), is_final=True) from None
        except FetchFailed as error:
            raise (Unsure if error.may_have_arrived else Refused)(str(error)) from None
        status = response.status_code
        if not response.is_success:
            is_final = status < 500 and status not in TEMPORARY
            said = body[:200].decode("utf-8", "replace").strip()
            wait = _seconds(response.headers.get("retry-after", ""))
            raise Refused(f"the channel answers status {status}: {said}", is_final=is_final, seconds=wait)
        channel.check(body)


def markup_of(channel: str) -> Markup:
    return MARKUP if channel == "email" else HTTP_CHANNELS[channel].markup


def per_minute(channel: str) -> float:
    return PER_MINUTE if channel == "email" else HTTP_CHANNELS[channel].per_minute


def drops_repeats(channel: str) -> bool:
    return channel != "email" and HTTP_CHANNELS[channel].drops_repeats


def _seconds(header: str) -> float:
    try:
        return min(max(0.0, float(header)), WAIT_SECONDS_MAX)
    except ValueError:
        return 0.0

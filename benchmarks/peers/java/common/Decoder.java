package bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Decodes a JSON line by Jackson's streaming parser, the six fields that workloads read and no others. */
public final class Decoder {
    private final JsonFactory factory = new JsonFactory();

    public Event decode(String line) {
        try (JsonParser parser = factory.createParser(line)) {
            Event event = new Event();
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                switch (name) {
                    case "id" -> event.id = parser.getLongValue();
                    case "ts" -> event.ts = parser.getLongValue();
                    case "user" -> event.user = parser.getText();
                    case "type" -> event.type = parser.getText();
                    case "amount" -> event.amount = parser.getDoubleValue();
                    case "country" -> event.country = parser.getText();
                    default -> parser.skipChildren();
                }
            }
            return event;
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }
}

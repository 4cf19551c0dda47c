import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;

/** Reads frames with the Java client's codec, writes them again, and says what it understood. */
public class Golden {
    public static void main(String[] args) throws Exception {
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            String[] words = line.split(" ");
            ApiKeys api = ApiKeys.forId(Integer.parseInt(words[1]));
            short version = Short.parseShort(words[2]);
            ByteBuffer in = ByteBuffer.wrap(HexFormat.of().parseHex(words[3]));
            boolean request = words[0].equals("request");
            ApiMessage header;
            short headerVersion;
            if (request) {
                RequestHeader parsed = RequestHeader.parse(in);
                header = parsed.data();
                headerVersion = parsed.headerVersion();
            } else {
                headerVersion = api.responseHeaderVersion(version);
                header = ResponseHeader.parse(in, headerVersion).data();
            }
            ApiMessage body = request ? api.messageType.newRequest() : api.messageType.newResponse();
            body.read(new ByteBufferAccessor(in), version);
            if (in.hasRemaining()) throw new IllegalStateException(in.remaining() + " bytes left: " + line);
            String understood = body.toString().replace('\n', ' ');
            System.out.println(words[0] + " " + words[1] + " " + version + " " + written(header, headerVersion)
                + written(body, version) + " " + understood);
        }
    }

    private static String written(ApiMessage message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer out = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(out), cache, version);
        return HexFormat.of().formatHex(out.array());
    }
}

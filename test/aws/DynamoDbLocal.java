import java.lang.reflect.Field;
import java.lang.reflect.Method;

/**
 * DynamoDB Local on 127.0.0.1 alone. Its own command line has no option for the address and listens on every interface; so
 * this takes the server that it builds, and gives each of the server's connectors a host before any of them is opened.
 */
public class DynamoDbLocal {
  private static final String RUNNER = "software.amazon.dynamodb.services.local.main.ServerRunner";

  public static void main(String[] options) throws Exception {
    Method build = Class.forName(RUNNER).getMethod("createServerFromCommandLineArgs", String[].class);
    Object local = build.invoke(null, (Object) options);

    Field field = local.getClass().getDeclaredField("server");
    field.setAccessible(true);
    Object jetty = field.get(local);
    for (Object connector : (Object[]) jetty.getClass().getMethod("getConnectors").invoke(jetty)) {
      connector.getClass().getMethod("setHost", String.class).invoke(connector, "127.0.0.1");
    }
    local.getClass().getMethod("start").invoke(local);
    local.getClass().getMethod("join").invoke(local);
  }
}
